"""How much of each turn of the event loop guests may take, lest many that begin at once keep everybody else waiting."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from typing import Final

from proxy.runtime import Waiter, monotonic

SHARE_S: Final = 0.002
"""A plain request needs a few turns, and is to be through in a few milliseconds whatever functions do."""


class Turns:
    """Those of one loop. Who is late waits for a later turn, and the first to wait is the first to go on."""

    def __init__(self) -> None:
        self._over_at = 0.0
        self._is_open = False
        self._queue: deque[Waiter[None]] = deque()

    def is_over(self, now: float) -> bool:
        """Tell if this turn's share is used up. The first to ask in a turn begins it."""
        if self._is_open:
            return bool(self._queue) or now >= self._over_at
        self._open(now)
        return False

    async def next(self) -> None:
        """Wait for a turn that has room."""
        waiter: Waiter[None] = Waiter()
        self._queue.append(waiter)
        await waiter

    def _open(self, now: float) -> None:
        self._is_open, self._over_at = True, now + SHARE_S
        asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        """Begin another turn if somebody waits for one."""
        self._is_open = False
        if not self._queue:
            return
        self._open(monotonic())
        while self._queue and monotonic() < self._over_at:
            self._queue.popleft().wake(None)


_turns: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = weakref.WeakKeyDictionary()


def turns() -> Turns:
    """Return the running loop's; all functions of a worker share them."""
    loop = asyncio.get_running_loop()
    found = _turns.get(loop)
    if found is None:
        found = _turns[loop] = Turns()
    return found
