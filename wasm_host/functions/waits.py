"""What a call waits for: each in a Task, which the call itself may be without, and none longer than the call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from proxy.runtime import Waiter, monotonic
from wasm_host.functions.turns import turns

T = TypeVar("T")


class Waits:
    """The waits of one call, over at `close`. `ended` is raised by each that begins later, too."""

    __slots__ = ("_tasks", "_waiter", "ended")

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] | None = None
        self._waiter: Waiter[object] | None = None
        self.ended: BaseException | None = None

    async def result(self, awaitable: Awaitable[T]) -> T:
        """Await something, which may have been begun here; what interrupts the call ends it, too."""
        task = awaitable if isinstance(awaitable, asyncio.Task) else self.begin(awaitable)
        try:
            return await self.of(task)
        except BaseException:
            task.cancel()
            raise

    def begin(self, awaitable: Awaitable[T]) -> asyncio.Task[T]:
        """Let something go on while the call does; raises what ended the waits."""
        if self.ended is not None:
            _give_up(awaitable)
            raise self.ended
        task = self._task(awaitable)
        if self._tasks is None:
            self._tasks = set()
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _task(self, awaitable: Awaitable[T]) -> asyncio.Task[T]:
        # Neither a Task nor a coroutine is awaited by another Task: cancelled before it began, that would never reach
        # what it was to await, and end nothing.
        if isinstance(awaitable, asyncio.Task):
            return awaitable
        coro = awaitable if asyncio.iscoroutine(awaitable) else _awaited(awaitable)
        return asyncio.get_running_loop().create_task(coro, name="what a function waits for")

    async def of(self, task: asyncio.Task[T]) -> T:
        """Return what came of something that was begun; it goes on where the call is interrupted."""
        if self.ended is not None:
            raise self.ended
        if not task.done():
            waiter: Waiter[object] = Waiter()
            task.add_done_callback(waiter.wake)
            self._waiter = waiter
            try:
                await waiter
            finally:
                self._waiter = None
            await self._turn()
        return task.result()

    async def _turn(self) -> None:
        """Let others go first where many guests go on at once."""
        if turns().is_over(monotonic()):
            await turns().next()
            if self.ended is not None:
                raise self.ended

    def end(self, error: BaseException) -> None:
        """Raise in the call: now if it waits, else when it is about to."""
        self.ended = error
        if self._waiter is not None:
            self._waiter.throw(error)

    def close(self) -> None:
        """Cancel whatever goes on still."""
        for task in tuple(self._tasks or ()):
            task.cancel()

    def _forget(self, task: asyncio.Task[object]) -> None:
        assert self._tasks is not None
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # Asked for: asyncio complains of one that nobody looked at.


def _give_up(awaitable: Awaitable[object]) -> None:
    if isinstance(awaitable, asyncio.Future):
        awaitable.cancel()
    elif asyncio.iscoroutine(awaitable):
        awaitable.close()  # Python complains of one that was never awaited.


async def _awaited(awaitable: Awaitable[T]) -> T:
    return await awaitable
