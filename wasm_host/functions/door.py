"""How many calls of a function run at once in a worker: the others wait for their turn, or are turned away."""

from __future__ import annotations

import asyncio
from collections import deque

from proxy.errors import FunctionBusy
from proxy.runtime import Waiter
from wasm_host.functions.books import Books
from wasm_host.functions.settings import FunctionLimits


class _Turn:
    """A place in the queue; `granted` once somebody who left has given it his own."""

    __slots__ = ("granted", "waiter")

    def __init__(self) -> None:
        self.waiter: Waiter[None] = Waiter()
        self.granted = False


class Door:
    """`inside` calls run. Who enters leaves."""

    def __init__(self, limits: FunctionLimits, books: Books) -> None:
        self._limits, self._books = limits, books
        self._queue: deque[_Turn] = deque()
        self.inside = 0

    @property
    def is_full(self) -> bool:
        return self.inside >= self._limits.concurrency

    def enter(self) -> None:
        """Enter a door that is not full."""
        self.inside += 1

    async def wait(self) -> None:
        """Enter when there is room; raises FunctionBusy where too many wait, or for too long."""
        limits, turn = self._limits, _Turn()
        if len(self._queue) >= limits.queue:
            raise FunctionBusy(f"{limits.concurrency} calls run, and {limits.queue} wait")
        busy = FunctionBusy(f"no turn within {limits.queue_s:g} s")
        timer = asyncio.get_running_loop().call_later(limits.queue_s, self._give_up, turn, busy)
        self._queue.append(turn)
        self._books.queued.value += 1
        try:
            await turn.waiter
        except BaseException:
            if turn.granted:
                self.leave()
            elif turn in self._queue:
                self._queue.remove(turn)
            raise
        finally:
            self._books.queued.value -= 1
            timer.cancel()

    def _give_up(self, turn: _Turn, busy: FunctionBusy) -> None:
        if not turn.granted:
            turn.waiter.throw(busy)

    def leave(self) -> None:
        """Let the next one in. It goes on from the loop: on this stack, a long queue would nest as deep."""
        if self._queue:
            turn = self._queue.popleft()
            turn.granted = True
            asyncio.get_running_loop().call_soon(turn.waiter.wake, None)
        else:
            self.inside -= 1
