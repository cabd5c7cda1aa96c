"""The micro-benchmark of the WASM host: its guests do what is timed, and its table says what was asked."""

from __future__ import annotations

import gc
import json
from pathlib import Path

import pytest

from bench.guest_calls import REFERENCES, grid, store
from bench.guest_cases import cases, exchange, filter_of, linked_calls, response, through
from bench.timing import Case, Timing
from wasm_host.program import Instances

TIMINGS = [
    Timing("a callback", 0.756, dict.fromkeys(REFERENCES, 0.5), 2.0),
    Timing("an instance", 12.3, dict.fromkeys(REFERENCES, 7.0), None),
]


def test_the_table_says_what_was_asked_where_something_was():
    assert grid(TIMINGS)[1:] == [
        ["a callback", "0.76", "0.50", "0.50", "≤ 2"],
        ["an instance", "12.30", "7.00", "7.00", ""],
    ]


def test_a_result_is_kept_in_two_forms(tmp_path: Path):
    store(TIMINGS, tmp_path)
    assert json.loads((tmp_path / "guest_calls.json").read_text())["timings"][0]["us"] == 0.756
    assert "| a callback | 0.76 |" in (tmp_path / "guest_calls.md").read_text()


def test_the_bare_guest_answers_both_ways():
    callback, call_out = linked_calls()
    assert (callback(2, 4, 1), call_out(3)) == (0, 0)


@pytest.mark.parametrize("instances", ["shared", "per_request"])
def test_the_filter_adds_a_header_each_way(instances: Instances):
    filter, asked, answer = filter_of("header_filter", instances), exchange(), response()
    assert filter.on_request(asked) is None
    assert filter.on_response(asked, answer) is None
    filter.on_complete(asked)
    assert asked.request.headers["x-bench-wasm"] == answer.headers["x-answer-wasm"] == "v1"


@pytest.mark.parametrize("instances", ["shared", "per_request"])
def test_exchanges_leave_nothing_to_the_garbage_collector(instances: Instances):
    exchange_once = through(filter_of("header_filter", instances))
    exchange_once()
    gc.collect()
    for _ in range(20):
        exchange_once()
    assert gc.collect() < 20


CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_every_case_can_be_timed_twice(case: Case):
    case.call()
    case.call()


def test_no_two_cases_share_a_title_and_references_are_among_them():
    titles = [case.title for case in CASES]
    assert len(set(titles)) == len(titles)
    assert set(REFERENCES.values()) <= set(titles)
