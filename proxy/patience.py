"""Deadlines for others' answers that a loop which was busy itself does not hold against them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

TURNS: Final = 3
"""From bytes in the socket to the reply: the loop reads, the client's reader goes on, and then its task."""


class Patience:
    """Calls once when time is over, but not before the loop has read what came: it may be the loop that is late."""

    __slots__ = ("_call", "_timer")

    def __init__(self, seconds: float, call: Callable[[], object]) -> None:
        self._call = call
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look_once_more, TURNS)

    def _look_once_more(self, turns: int) -> None:
        if turns:
            self._timer = asyncio.get_running_loop().call_later(0.0, self._look_once_more, turns - 1)
        else:
            self._call()

    def cancel(self) -> None:
        self._timer.cancel()


@asynccontextmanager
async def patient_timeout(seconds: float) -> AsyncIterator[None]:
    """Raise TimeoutError in the block when time is over, as asyncio.timeout does, with patience."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        patience = Patience(seconds, lambda: limit.reschedule(loop.time()))
        try:
            yield
        finally:
            patience.cancel()
