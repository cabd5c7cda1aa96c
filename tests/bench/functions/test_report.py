"""The report about functions: each number beside what was asked of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.functions.cache_gets import CacheGets
from bench.functions.cost import Cost, Round
from bench.functions.first_call import First, FirstCalls
from bench.functions.idle import Idle
from bench.functions.latency import Latency, Steady
from bench.functions.report import MIB, Line, Report, store
from bench.functions.waiting import Waiting

FAST = Latency(1000, 0.5, 2.0, 3.0)
SLOW = replace(FAST, p99_ms=5.0)
GOOD = Report.of(
    Cost([Round(20, 70), Round(30, 85), Round(10, 70)]),
    Steady([FAST], [FAST]),
    FirstCalls([First(1.3, 0.3), First(9.3, 0.3), First(1.3, 0.3)], [First(2.3, 0.3)]),
    Idle(1000, 80 * MIB, 280 * MIB, 1.5, 3.0),
    CacheGets([3.0, 4.0, 3.5], [200, 300, 900]),
    Waiting([170.0, 180.0, 175.0], FAST, FAST, FAST),
)


def test_all_that_is_asked_can_be_met():
    assert GOOD.missed() == []
    assert GOOD.cost.added_us == 55
    assert "All that was asked is met." in GOOD.markdown()


@pytest.mark.parametrize(
    ("report", "missed"),
    [
        (replace(GOOD, cost=Cost([Round(20, 81)])), "CPU µs of `hello` over the static answer"),
        (replace(GOOD, steady=Steady([FAST], [FAST, SLOW, SLOW])), "p99 ms of `hello` at 500 requests/s"),
        (
            replace(GOOD, first_calls=replace(GOOD.first_calls, restarts=[First(9.0, 1.0)])),
            "ms of the first request after a restart over the median of the next",
        ),
        (replace(GOOD, idle=Idle(2, 0, 5 * MIB, 1, 1)), "MiB of memory per idle function, of 2"),
        (replace(GOOD, cache_gets=CacheGets([5.0], [100])), "µs of `cache_get` from the worker's memory"),
        (replace(GOOD, cache_gets=CacheGets([1.0], [1000])), "ms of `cache_get` from Redis, median"),
        (
            replace(GOOD, waiting=replace(GOOD.waiting, bursts_ms=[300.0])),
            "ms until 200 calls that wait 100 ms in `http_get` are done",
        ),
    ],
)
def test_what_is_not_met_is_named(report: Report, missed: str):
    assert report.missed() == [missed]
    assert f"Not met: {missed}." in report.markdown()


@pytest.mark.parametrize(("value", "cells"), [(60.0, ["≤ 60", "yes"]), (60.1, ["≤ 60", "**no**"])])
def test_what_may_be_reached_is_met_where_it_is(value: float, cells: list[str]):
    assert Line("µs", value, 1, 60, inclusive=True).cells()[2:] == cells


def test_a_number_of_which_nothing_is_asked_has_no_verdict():
    assert Line("µs", 1234.5, 1).cells() == ["µs", "1,234.5", "", ""]


def test_it_is_kept_as_page_and_as_json(tmp_path: Path):
    store(GOOD, tmp_path)
    assert "| CPU µs of `hello` over the static answer | 55.0 | ≤ 60 | yes |" in (tmp_path / "functions.md").read_text()
    assert json.loads((tmp_path / "functions.json").read_text())["idle"]["functions"] == 1000
