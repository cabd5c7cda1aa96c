"""What a call waits for, and what becomes of it when the call ends first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from proxy.runtime import Waiter
from wasm_host.functions.waits import Waits


async def value(turns: int = 1) -> str:
    for _ in range(turns):
        await asyncio.sleep(0)
    return "value"


@pytest.mark.parametrize("kind", ["coroutine", "future", "waiter"])
async def test_anything_can_be_waited_for(kind: str) -> None:
    waiter: Waiter[str] = Waiter()
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    kinds: dict[str, Awaitable[str]] = {"waiter": waiter, "future": future}
    asyncio.get_running_loop().call_soon(waiter.wake, "value")
    asyncio.get_running_loop().call_soon(future.set_result, "value")
    assert await Waits().result(kinds.get(kind) or value()) == "value"


async def test_what_was_begun_goes_on_until_it_is_asked_for() -> None:
    waits = Waits()
    first, second = waits.begin(value(3)), waits.begin(value())
    assert await waits.of(second) == "value"
    assert await waits.result(first) == "value"


async def test_a_failure_is_raised_as_it_is() -> None:
    async def broken() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await Waits().result(broken())


async def test_a_failure_that_nobody_asked_for_is_no_complaint() -> None:
    async def broken() -> None:
        raise ValueError("broken")

    waits = Waits()
    waits.begin(broken())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waits.close()


async def test_an_end_interrupts_what_is_waited_for_now() -> None:
    waits = Waits()
    task = waits.begin(asyncio.sleep(3600))
    asyncio.get_running_loop().call_soon(waits.end, TimeoutError("over"))
    with pytest.raises(TimeoutError, match="over"):
        await waits.result(task)
    await asyncio.sleep(0)
    assert task.cancelled()


async def test_an_end_is_raised_by_every_later_wait() -> None:
    waits = Waits()
    waits.end(TimeoutError("over"))
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await waits.result(value())


async def test_what_begins_after_the_end_never_does() -> None:
    begun: list[None] = []

    async def begin() -> None:
        begun.append(None)

    waits = Waits()
    waits.end(TimeoutError("over"))
    task = asyncio.ensure_future(begin())
    for late in (begin(), task):
        with pytest.raises(TimeoutError):
            waits.begin(late)
    await asyncio.wait([task])
    assert (begun, task.cancelled()) == ([], True)


async def test_closing_ends_a_task_of_somebody_elses_too() -> None:
    waits = Waits()
    task = asyncio.ensure_future(asyncio.sleep(3600))
    assert waits.begin(task) is task
    waits.close()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_closing_cancels_what_goes_on() -> None:
    waits = Waits()
    tasks = [waits.begin(asyncio.sleep(3600)) for _ in range(3)]
    waits.close()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(each.cancelled() for each in tasks)


async def test_closing_before_anything_began_leaves_no_coroutine_behind() -> None:
    waits = Waits()
    waits.begin(value())
    waits.close()
    await asyncio.sleep(0)


async def test_who_stops_waiting_stops_what_was_waited_for() -> None:
    waits = Waits()
    task = waits.begin(asyncio.sleep(3600))
    outer = asyncio.ensure_future(waits.result(task))
    await asyncio.sleep(0)
    outer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await outer
    await asyncio.sleep(0)
    assert task.cancelled()
