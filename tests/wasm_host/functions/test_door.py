"""How many are inside at once, and who comes next."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from proxy.errors import FunctionBusy
from proxy.metrics import Registry
from proxy.runtime import Strand
from wasm_host.functions.books import Books
from wasm_host.functions.door import Door
from wasm_host.functions.settings import FunctionLimits


class Doorway:
    def __init__(self, concurrency: int = 1, **limits: Any) -> None:
        self._books = Books(Registry(), "hello")
        self.door = Door(FunctionLimits(concurrency=concurrency, **limits), self._books)
        self.entered: list[str] = []

    @property
    def queued(self) -> float:
        return self._books.queued.value

    async def enter(self, who: str) -> None:
        await self.door.wait()
        self.entered.append(who)


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_so_many_enter_before_it_is_full() -> None:
    door = Doorway(concurrency=2).door
    door.enter()
    assert not door.is_full
    door.enter()
    assert (door.is_full, door.inside) == (True, 2)
    door.leave()
    assert not door.is_full


async def test_who_came_first_enters_first_and_nobody_slips_in_between() -> None:
    doorway = Doorway()
    doorway.door.enter()
    waiting = [asyncio.ensure_future(doorway.enter(who)) for who in "abc"]
    await turns()
    assert (doorway.entered, doorway.queued) == ([], 3)
    doorway.door.leave()
    assert doorway.door.is_full
    await waiting[0]
    assert (doorway.entered, doorway.queued) == (["a"], 2)
    doorway.door.leave()
    doorway.door.leave()
    await asyncio.gather(*waiting)
    assert (doorway.entered, doorway.queued) == (["a", "b", "c"], 0)


async def test_who_finds_the_queue_full_is_turned_away() -> None:
    doorway = Doorway(queue=0)
    doorway.door.enter()
    with pytest.raises(FunctionBusy, match="1 calls run, and 0 wait"):
        await doorway.door.wait()
    assert (doorway.door.inside, doorway.queued) == (1, 0)


@pytest.mark.parametrize("run", [asyncio.ensure_future, Strand], ids=["a Task", "a Strand"])
@pytest.mark.parametrize("granted", [False, True], ids=["in the queue", "as its turn comes"])
async def test_who_goes_away_leaves_his_place_to_the_next(run: Any, granted: bool) -> None:
    doorway = Doorway()
    doorway.door.enter()
    first = run(doorway.enter("first"))
    if isinstance(first, Strand):
        first.step()
    await turns()
    next_one = asyncio.ensure_future(doorway.enter("next"))
    await turns()
    if granted:
        doorway.door.leave()
        first.cancel()
    else:
        first.cancel()
        doorway.door.leave()
    await next_one
    assert (doorway.entered, doorway.door.inside, doorway.queued) == (["next"], 1, 0)
    doorway.door.leave()
    assert doorway.door.inside == 0


async def test_who_waited_for_too_long_takes_nobodys_place() -> None:
    doorway = Doorway(queue_s=0.01)
    doorway.door.enter()
    with pytest.raises(FunctionBusy, match=r"within 0\.01 s"):
        await doorway.door.wait()
    doorway.door.leave()
    assert (doorway.door.inside, doorway.queued) == (0, 0)
