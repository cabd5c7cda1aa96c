"""Turns of the loop: guests take a share of each, in the order in which they came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from proxy.runtime import monotonic
from wasm_host.functions import turns as module
from wasm_host.functions.turns import SHARE_S, Turns, turns


class Clock:
    """Goes on only where it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "monotonic", made)
    return made


async def begin(made: Turns, clock: Clock, takes_s: float, done: Callable[[], None]) -> None:
    if made.is_over(clock.now):
        await made.next()
    clock.now += takes_s
    done()


async def turn() -> None:
    await asyncio.sleep(0)


async def test_what_fits_into_a_turn_begins_in_it(clock: Clock) -> None:
    made = Turns()
    assert not made.is_over(clock.now)
    clock.now += SHARE_S / 2
    assert not made.is_over(clock.now)


async def test_once_its_share_is_used_up_a_turn_is_over_and_the_next_one_has_its_own(clock: Clock) -> None:
    made = Turns()
    assert not made.is_over(clock.now)
    clock.now += SHARE_S
    assert made.is_over(clock.now)
    await turn()
    assert not made.is_over(clock.now)


async def test_those_who_wait_go_on_in_their_order_some_in_each_turn_and_nobody_overtakes_them(clock: Clock) -> None:
    made, order = Turns(), []
    tasks = [
        asyncio.create_task(begin(made, clock, SHARE_S, lambda number=number: order.append(number)))
        for number in range(4)
    ]
    await turn()
    assert order == [0]
    assert made.is_over(clock.now)
    async with asyncio.timeout(10):
        await asyncio.gather(*tasks)
    assert order == [0, 1, 2, 3]


async def test_one_who_left_the_queue_keeps_nobody_waiting(clock: Clock) -> None:
    made, order = Turns(), []
    tasks = [
        asyncio.create_task(begin(made, clock, SHARE_S, lambda number=number: order.append(number)))
        for number in range(3)
    ]
    await turn()
    tasks[1].cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [0, 2]


async def test_all_functions_of_a_loop_share_its_turns() -> None:
    assert turns() is turns()
    assert not turns().is_over(monotonic())
