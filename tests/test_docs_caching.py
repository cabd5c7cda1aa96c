"""docs/caching.md: its configurations are valid, its commands exist, its reasons and metrics are those of the code."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from config.caching import RouteCache
from config.cli import main
from config.load import check
from proxy.metrics import PREFIX, SPECS

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs/caching.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", GUIDE)


def verdicts() -> Iterator[tuple[str, str]]:
    """Yield action and reason of every verdict in the code."""
    for file in sorted((ROOT / "proxy/cache").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Verdict":
                action, reason = (each.value for each in node.args[:2] if isinstance(each, ast.Constant))
                yield str(action), str(reason)


REASONS = sorted({reason for _, reason in verdicts()})
COMMANDS = [shlex.split(line) for line in re.findall(r"(?m)^\$ (penstock .*)$", GUIDE)]


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_told(reason: str) -> None:
    assert f"`{reason}`" in GUIDE


def test_every_detail_that_is_told_is_a_reason() -> None:
    tables = re.findall(r"(?m)^\| `detail` \|.*\n\|[-|]+\n((?:\|.*\n)+)", GUIDE)
    told = {
        word for table in tables for row in table.splitlines() for word in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert told - set(REASONS) == {"bypass"}


def test_the_first_configuration_is_valid() -> None:
    report = check(blocks("yaml")[0], ROOT, {})
    assert (report.errors, report.warnings) == ([], [])


def test_the_caches_of_the_others_fit_into_it() -> None:
    whole = yaml.safe_load(blocks("yaml")[0])
    for block in blocks("yaml")[1:]:
        assert check(yaml.safe_dump(whole | yaml.safe_load(block)), ROOT, {"REDIS_PASSWORD": "word"}).errors == []


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_and_their_options_exist(command: list[str]) -> None:
    found: click.Command = main
    arguments = command[1:]
    while isinstance(found, click.Group):
        found = found.commands[arguments.pop(0)]
    found.make_context("penstock", arguments)


@pytest.mark.parametrize("key", sorted(RouteCache.model_fields))
def test_every_key_of_a_route_is_told(key: str) -> None:
    section = GUIDE.partition("\n## What a route can set\n")[2].partition("\n## ")[0]
    assert re.search(rf"(?m)^\|[^|]*`{key}[`.]", section)


def test_every_metric_of_caches_is_told_and_no_other() -> None:
    told = set(re.findall(rf"`{PREFIX}(cache_\w+)`", GUIDE))
    assert told == {name for name in SPECS if name.startswith("cache_")}
