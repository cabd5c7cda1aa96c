"""CRS's own regression tests, read from a checkout of its repository: in CRS 4's form, and in CRS 3's older one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from bench.process import BenchError
from bench.waf.probe import Probe
from bench.waf.request import wire

ID: Final = re.compile(r'id "(\d+)"')


def load(checkout: Path) -> list[Probe]:
    """Read all tests that are not turned off; raises BenchError where there are none."""
    files = sorted((checkout / "tests/regression/tests").glob("*/*.y*ml"))
    probes = [probe for path in files for probe in probes_of(path)]
    if not probes:
        raise BenchError(f"no regression tests in {checkout} (CRS_TESTS names a checkout of CRS's repository)")
    return probes


def probes_of(path: Path) -> Iterator[Probe]:
    # libyaml's loader: the pure one takes half a minute for all files.
    document = yaml.load(path.read_text(), yaml.CSafeLoader) or {}
    if not (document.get("meta") or {}).get("enabled", True):
        return
    for number, test in enumerate(document.get("tests") or (), 1):
        stages = [stage.get("stage", stage) for stage in test["stages"]]
        yield Probe(
            group=path.parent.name,
            title=str(test.get("test_title") or f"{path.stem}-{test.get('test_id', number)}"),
            requests=tuple(wire(stage["input"]) for stage in stages),
            expected=tuple(id_ for stage in stages for id_ in expected(stage.get("output") or {})),
        )


def expected(output: Mapping[str, Any]) -> list[int]:
    """Return the rules that a stage is to match."""
    told = output.get("log") or {}
    return [*map(int, ID.findall(output.get("log_contains", ""))), *told.get("expect_ids", ())]
