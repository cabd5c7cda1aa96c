"""Waiters under Strands and Tasks, at each point where they can be cancelled; spawn."""

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from kit import eventually, soon

from proxy.runtime import Running, Strand, Waiter, spawn

Start = Callable[[Coroutine[Any, Any, Any]], Running]


def as_strand(coro: Coroutine[Any, Any, Any]) -> Strand:
    strand = Strand(coro)
    strand.step()
    return strand


def as_task(coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    return asyncio.get_running_loop().create_task(coro)


BOTH = pytest.mark.parametrize("start", [as_strand, as_task], ids=["strand", "task"])


class Story:
    """A coroutine that writes down what happened to it."""

    def __init__(self) -> None:
        self.said: list[Any] = []

    async def hear(self, *waited: Awaitable[Any]) -> None:
        try:
            for each in waited:
                self.said.append(await each)
        except BaseException as error:
            self.said.append(type(error).__name__)
            raise
        finally:
            self.said.append("end")


# Waiting.


@BOTH
async def test_what_wakes_a_waiter_is_its_result(start: Start) -> None:
    waiter: Waiter[str] = Waiter()
    story = Story()
    running = start(story.hear(waiter))
    await soon()
    assert not running.done()
    waiter.wake("here")
    await soon()
    assert story.said == ["here", "end"]
    assert running.done()


@BOTH
async def test_a_waiter_that_was_woken_before_is_not_waited_for(start: Start) -> None:
    waiter: Waiter[str] = Waiter()
    waiter.wake("early")
    story = Story()
    start(story.hear(waiter))
    await soon()
    assert story.said == ["early", "end"]


async def test_a_strand_goes_on_inside_the_call_that_wakes_it() -> None:
    waiter: Waiter[str] = Waiter()
    story = Story()
    as_strand(story.hear(waiter))
    waiter.wake("now")
    assert story.said == ["now", "end"]


async def test_a_task_goes_on_in_a_turn_of_its_own() -> None:
    waiter: Waiter[str] = Waiter()
    story = Story()
    as_task(story.hear(waiter))
    await soon()
    waiter.wake("then")
    assert story.said == []
    await soon()
    assert story.said == ["then", "end"]


@BOTH
async def test_an_error_is_thrown_where_the_waiter_is_awaited(start: Start) -> None:
    waiter: Waiter[str] = Waiter()
    story = Story()

    async def handles() -> None:
        with pytest.raises(ValueError, match="broken"):
            await story.hear(waiter)
        story.said.append("handled")

    start(handles())
    await soon()
    waiter.throw(ValueError("broken"))
    await soon()
    assert story.said == ["ValueError", "end", "handled"]


@BOTH
async def test_an_error_that_came_before_is_thrown_too(start: Start) -> None:
    waiter: Waiter[str] = Waiter()
    waiter.throw(asyncio.CancelledError())
    story = Story()
    start(story.hear(waiter))
    await soon()
    assert story.said == ["CancelledError", "end"]


def test_only_the_first_ending_counts() -> None:
    waiter: Waiter[str] = Waiter()
    waiter.wake("first")
    waiter.wake("second")
    waiter.throw(ValueError("third"))
    assert not waiter.cancel()
    assert (waiter.result(), waiter.exception(), waiter.cancelled(), waiter.done()) == ("first", None, False, True)


def test_a_cancelled_waiter_says_so() -> None:
    waiter: Waiter[str] = Waiter()
    assert waiter.cancel()
    assert waiter.cancelled()
    with pytest.raises(asyncio.CancelledError):
        waiter.result()


@BOTH
async def test_several_waiters_are_awaited_in_turn(start: Start) -> None:
    waiters: list[Waiter[int]] = [Waiter() for _ in range(5)]
    story = Story()
    start(story.hear(*waiters))
    for number, waiter in enumerate(waiters):
        await soon()
        waiter.wake(number)
    await soon()
    assert story.said == [0, 1, 2, 3, 4, "end"]


async def test_a_waiter_is_a_future_to_what_takes_futures() -> None:
    waiter: Waiter[str] = Waiter()
    assert asyncio.isfuture(waiter)
    asyncio.get_running_loop().call_soon(waiter.wake, "woken")
    async with asyncio.timeout(1):
        assert await waiter == "woken"


async def test_a_timeout_of_asyncios_ends_the_wait_of_a_task() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await Waiter[None]()


@BOTH
async def test_a_strand_may_await_futures_and_turns_of_the_loop_too(start: Start) -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    story = Story()
    start(story.hear(asyncio.sleep(0), future, asyncio.sleep(0.001, "slept")))
    await soon()
    future.set_result("future")
    assert await eventually(lambda: story.said == [None, "future", "slept", "end"])


async def test_a_waiter_woken_by_what_a_strand_itself_does_never_nests() -> None:
    depth = deepest = 0

    async def many() -> None:
        nonlocal depth, deepest
        for _ in range(5000):
            depth += 1
            deepest = max(deepest, depth)
            waiter: Waiter[None] = Waiter()
            waiter.wake(None)
            await waiter
            depth -= 1

    assert as_strand(many()).done()
    assert deepest == 1


@BOTH
async def test_context_variables_of_a_task_are_its_own(start: Start) -> None:
    variable = contextvars.ContextVar("variable", default="outside")
    waiter: Waiter[None] = Waiter()
    seen: list[str] = []

    async def look() -> None:
        variable.set("inside")
        await waiter
        seen.append(variable.get())

    start(look())
    await soon()
    waiter.wake(None)
    await soon()
    assert seen == ["inside"]


# Cancelling.


@BOTH
async def test_cancelling_raises_at_the_suspension(start: Start) -> None:
    story = Story()
    running = start(story.hear(Waiter[None]()))
    await soon()
    assert running.cancel()
    await soon()
    assert story.said == ["CancelledError", "end"]
    assert running.done()
    assert not running.cancel()


async def test_cancelling_a_strand_ends_it_inside_the_call() -> None:
    story = Story()
    strand = as_strand(story.hear(Waiter[None]()))
    strand.cancel()
    assert story.said == ["CancelledError", "end"]


@BOTH
async def test_cancelling_reaches_a_future_that_is_awaited(start: Start) -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    story = Story()
    running = start(story.hear(future))
    await soon()
    running.cancel()
    await soon()
    assert story.said == ["CancelledError", "end"]
    assert future.cancelled()


@BOTH
async def test_cancelling_from_inside_falls_at_the_next_suspension(start: Start) -> None:
    holder: list[Running] = []
    story = Story()
    begin: Waiter[None] = Waiter()

    async def cancels_itself() -> None:
        await begin
        holder[0].cancel()
        story.said.append("still here")
        await story.hear(Waiter[None]())

    holder.append(start(cancels_itself()))
    await soon()
    begin.wake(None)
    await soon()
    assert story.said == ["still here", "CancelledError", "end"]
    assert holder[0].done()


@BOTH
async def test_waking_after_a_cancellation_changes_nothing(start: Start) -> None:
    waiter: Waiter[str] = Waiter()
    story = Story()
    running = start(story.hear(waiter))
    await soon()
    running.cancel()
    waiter.wake("too late")
    await soon()
    assert story.said == ["CancelledError", "end"]


@BOTH
async def test_what_handles_its_cancellation_ends_in_peace(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    async def handles() -> None:
        try:
            await Waiter[None]()
        except asyncio.CancelledError:
            return

    running = start(handles())
    await soon()
    running.cancel()
    await soon()
    assert running.done()
    assert caplog.records == []


async def test_a_strand_that_ends_is_done() -> None:
    async def nothing() -> str:
        return "dropped"

    assert as_strand(nothing()).done()


async def test_a_strand_that_fails_is_done_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise ValueError("unhandled")

    assert as_strand(fails()).done()
    assert caplog.records[0].exc_info is not None
    assert str(caplog.records[0].exc_info[1]) == "unhandled"


# Spawning.


async def test_spawn_logs_a_failure_by_name(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> None:
        raise ValueError("unhandled")

    task = spawn(fails(), "the errand")
    await asyncio.wait([task])
    await soon()
    assert [record.getMessage() for record in caplog.records] == ["background task the errand failed"]


async def test_spawn_takes_a_cancellation_for_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    task = spawn(asyncio.sleep(60), "the errand")
    await soon()
    task.cancel()
    await asyncio.wait([task])
    await soon()
    assert caplog.records == []


async def test_spawned_work_lives_though_nobody_keeps_it(caplog: pytest.LogCaptureFixture) -> None:
    import gc

    done: list[bool] = []

    async def work() -> None:
        await asyncio.sleep(0.01)
        done.append(True)

    caplog.set_level(logging.ERROR)
    spawn(work(), "work")
    gc.collect()
    assert await eventually(lambda: done)


async def test_a_strand_goes_on_where_another_driver_left_off() -> None:
    waiter: Waiter[int] = Waiter()
    done: list[int] = []

    async def work() -> None:
        done.append(await waiter)

    coro = work()
    waiting = coro.send(None)
    strand = Strand.going_on(coro, waiting)
    assert not strand.done()
    waiter.wake(7)
    assert (done, strand.done()) == ([7], True)


async def test_a_strand_that_goes_on_can_be_cancelled() -> None:
    waiter: Waiter[int] = Waiter()

    async def work() -> None:
        await waiter

    coro = work()
    strand = Strand.going_on(coro, coro.send(None))
    strand.cancel()
    assert strand.done()
