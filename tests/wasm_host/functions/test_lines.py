"""What guests of a function log is told to who listens, as it is written."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from proxy.metrics import Cell
from proxy.runtime import wall_clock
from wasm_host.functions.lines import FunctionLines
from wasm_host.functions.settings import FunctionSettings
from wasm_host.log_lines import LINES_A_SECOND


def lines(told: list[dict[str, Any]], log_level: int = 2) -> FunctionLines:
    return FunctionLines(FunctionSettings("hello", "v1", log_level=log_level), Cell(()), told.append)


def test_a_line_is_told_with_where_it_comes_from(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "penstock.wasm")
    told: list[dict[str, Any]] = []
    before = wall_clock()
    lines(told).write(3, b"careful\nnow")
    at = told[0].pop("at")
    assert told == [{"function": "hello", "version": "v1", "level": "warn", "text": r"careful\x0anow"}]
    assert before <= at <= wall_clock()
    assert caplog.messages == [r"hello: careful\x0anow"]


def test_what_is_below_the_level_is_told_to_nobody() -> None:
    told: list[dict[str, Any]] = []
    lines(told, log_level=3).write(2, b"info")
    assert told == []


def test_what_is_dropped_is_told_to_nobody() -> None:
    told: list[dict[str, Any]] = []
    some = lines(told)
    for _ in range(3 * LINES_A_SECOND):
        some.write(2, b"x")
    assert LINES_A_SECOND <= len(told) <= 2 * LINES_A_SECOND
