"""What one call may use, and what becomes of it when it ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from kit.exchanges import Pieces, make_exchange

from proxy.errors import FunctionTimeout
from proxy.exchange import Exchange
from proxy.metrics import Cell
from wasm_host.functions.call import Call
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.lines import FunctionLines
from wasm_host.functions.settings import FunctionLimits, FunctionSettings
from wasm_host.memory import OutOfBounds


def call(told: list[dict[str, Any]] | None = None, exchange: Exchange | None = None, **limits: Any) -> Call:
    settings = FunctionSettings("hello", "v1", limits=FunctionLimits(**limits))
    lines = FunctionLines(settings, Cell(()), ([] if told is None else told).append)
    return Call(exchange or make_exchange(), settings, lines, now=100.0)


def test_its_time_is_reckoned_from_its_beginning() -> None:
    assert call(total_s=3.0).deadline == 103.0


def test_so_many_host_calls_are_made_and_no_more() -> None:
    made = call(hostcalls=2)
    made.spend()
    made.spend()
    with pytest.raises(HostcallFailed, match="more than 2 host calls") as caught:
        made.spend()
    assert caught.value.reason == "over_budget"


def test_what_the_buffer_held_is_gone_with_the_next_answer() -> None:
    made = call()
    assert (made.give(b"first"), made.give(b"2nd"), made.buffer) == (5, 3, b"2nd")


def test_so_many_lines_are_logged_and_no_more() -> None:
    told: list[dict[str, Any]] = []
    made = call(told, log_lines=1)
    made.log(2, b"one")
    with pytest.raises(HostcallFailed, match="more than 1 lines"):
        made.log(2, b"two")
    assert [each["text"] for each in told] == ["one"]


def test_a_line_below_the_functions_level_takes_none_of_its_lines() -> None:
    told: list[dict[str, Any]] = []
    made = call(told, log_lines=1)
    made.log(1, b"debug")
    made.log(2, b"info")
    assert [each["text"] for each in told] == ["info"]


def test_a_failure_is_told_once_for_each_call_and_reason() -> None:
    made = call()
    told = [made.says_first(*each) for each in (("log", "invalid"), ("log", "invalid"), ("log", "failed"))]
    assert told == [True, False, True]


async def test_a_body_is_half_read_until_it_is_whole() -> None:
    exchange = make_exchange("POST")
    exchange.request.body = Pieces(b"a", b"b")
    made = call(exchange=exchange)
    assert not made.has_half_read
    reading = made.upload.whole()
    assert not isinstance(reading, bytes)
    assert await reading == b"ab"
    assert not made.has_half_read


async def test_the_deadline_ends_what_it_waits_for_and_comes_once() -> None:
    made = call()
    waiting = asyncio.ensure_future(made.waits.result(asyncio.sleep(3600)))
    await asyncio.sleep(0)
    made.on_deadline(131.0)
    with pytest.raises(FunctionTimeout, match="30 s"):
        await waiting
    assert made.deadline == float("inf")


async def test_what_goes_on_ends_with_it_and_its_memory_is_let_go() -> None:
    made = call()
    task = made.waits.begin(asyncio.sleep(3600))
    made.close()
    await asyncio.wait([task])
    assert task.cancelled()
    with pytest.raises(OutOfBounds):
        made.memory.read(0, 1)
