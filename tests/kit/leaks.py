"""What must not be left behind: tasks and descriptors; and a loop that nobody may block."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from kit.wire import PATIENCE_S, eventually


def open_descriptors() -> set[tuple[int, str]]:
    """Return the open descriptors of this process with what they lead to."""
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
        if not target.startswith("/proc"):
            found.add((int(name), target))
    return found


def _left(tasks: set[asyncio.Task[object]], descriptors: set[tuple[int, str]]) -> str:
    new_tasks = {task for task in asyncio.all_tasks() if task not in tasks and not task.done()}
    new_descriptors = open_descriptors() - descriptors
    return f"{new_tasks} {new_descriptors}" if new_tasks or new_descriptors else ""


@asynccontextmanager
async def no_leaks(within_s: float = PATIENCE_S) -> AsyncIterator[None]:
    """Fail if tasks or descriptors of the block are still there a while after its end."""
    tasks, descriptors = set(asyncio.all_tasks()), open_descriptors()
    yield
    await eventually(lambda: not _left(tasks, descriptors), within_s)
    left = _left(tasks, descriptors)
    assert not left, f"left behind: {left}"


class BlockWatch:
    """Notices when something held the loop's thread: late heartbeats, less the time spent waiting for a processor."""

    period_s = 0.02
    bound_s = 0.25  # a full collection of the whole suite's heap takes up to 0.2

    def __init__(self) -> None:
        self.longest_s = 0.0

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue = Path("/proc/thread-self/schedstat")
        self._beat()

    def stop(self) -> None:
        self._timer.cancel()

    def _waited_s(self) -> float:
        return int(self._queue.read_text().split()[1]) / 1e9

    def _beat(self) -> None:
        self._last, self._last_waited = self._loop.time(), self._waited_s()
        self._timer = self._loop.call_later(self.period_s, self._check)

    def _check(self) -> None:
        late = self._loop.time() - self._last - self.period_s
        if late > self.bound_s:
            self.longest_s = max(self.longest_s, late - (self._waited_s() - self._last_waited))
        self._beat()
