"""What stands in deploy/, and the tools that judge it."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys

import promql_parser
import pytest

from config.load import check
from config.schema import Config
from proxy.metrics import PREFIX, Registry
from proxy.processes import ProcessesCollector

DEPLOY = pathlib.Path(__file__).parents[2] / "deploy"
ENVIRONMENT = {"ADMIN_TOKEN": "0123456789abcdef"}
SUFFIXES = ("_bucket", "_count", "_sum")


def checked(text: str, directory: pathlib.Path) -> Config:
    """Return a configuration of deploy/; fails the test where there is anything to say against it."""
    report = check(text, directory, ENVIRONMENT)
    assert [str(each) for each in (*report.errors, *report.warnings)] == []
    assert report.configuration is not None
    return report.configuration.config


def run_tool(name: str, *arguments: str | pathlib.Path) -> str:
    """Run a tool and return what it says; fails the test where the tool finds fault, skips it where there is none."""
    beside = pathlib.Path(sys.executable).parent / name
    tool = str(beside) if beside.exists() else shutil.which(name)
    if tool is None:
        pytest.skip(f"{name} is not installed here")
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def unknown_metrics(query: str) -> set[str]:
    """Parse a PromQL query and return the metrics in it that nobody exposes; raises ValueError for a faulty one."""
    known = {PREFIX + family.spec.name for family in vars(Registry()).values()} | {f"{PREFIX}build_info", "up"}
    known |= {sample.name for family in ProcessesCollector([]).collect() for sample in family.samples}
    return {name for name in _selected(promql_parser.parse(query)) if _family(name) not in known}


def _family(name: str) -> str:
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return name.removesuffix(suffix)
    return name


def _selected(node: object) -> set[str]:
    """Return the names that the selectors anywhere in a query's tree name."""
    if isinstance(node, promql_parser.VectorSelector):
        return {node.name} if node.name else set()
    inner = [getattr(node, part, None) for part in ("vector_selector", "expr", "lhs", "rhs", "param")]
    found: set[str] = set()
    for each in [*inner, *(getattr(node, "args", None) or [])]:
        if each is not None and type(each).__module__ == type(node).__module__:
            found |= _selected(each)
    return found
