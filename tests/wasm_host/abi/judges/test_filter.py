"""Guests of judges: one for each question, and only so many at once."""

from __future__ import annotations

import asyncio

import pytest
from kit.judges import bot_filter, detecting, knowing

from proxy.errors import GuestUnavailable
from wasm_host.abi.bot_detector.policy import Policy
from wasm_host.abi.bot_detector.program import read_answer

POLICY = Policy({"human": "allow", "known_bot": "block", "suspicious": "log"})
SPINNING = detecting("(loop $for_ever (br $for_ever)) (i32.const 0)")


async def test_an_answer_is_read_before_the_guest_goes() -> None:
    filter = bot_filter(knowing("b", 7), POLICY)
    assert await filter.ask(b"abc", read_answer) == 7
    assert filter.guests.alive == 0


async def test_there_are_only_so_many_at_once() -> None:
    filter = bot_filter(SPINNING, POLICY, instances=1, call_time_s=30.0)
    first = asyncio.create_task(filter.ask(b"", read_answer))
    await asyncio.sleep(0)
    with pytest.raises(GuestUnavailable, match="1 instances"):
        await filter.ask(b"", read_answer)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_client_that_leaves_takes_its_guest_along() -> None:
    filter = bot_filter(SPINNING, POLICY, call_time_s=30.0)
    task = asyncio.create_task(filter.ask(b"", read_answer))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert filter.guests.alive == 0
