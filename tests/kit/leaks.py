"""What must not be left behind: tasks and descriptors; and a loop that nobody may block."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

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
    """Notices when something held the loop's thread: late heartbeats, less the time spent waiting for a processor.

    The collector's time is taken off, too: the heap of a whole test run takes it a quarter of a second.
    """

    period_s = 0.02
    bound_s = 0.15

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._collecting_s = 0.0

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue = Path("/proc/thread-self/schedstat")
        gc.callbacks.append(self._collect)
        self._beat()

    def stop(self) -> None:
        gc.callbacks.remove(self._collect)
        self._timer.cancel()

    def _collect(self, phase: str, _: object) -> None:
        self._collecting_s += monotonic() if phase == "stop" else -monotonic()

    def _excused_s(self) -> float:
        return int(self._queue.read_text().split()[1]) / 1e9 + self._collecting_s

    def _beat(self) -> None:
        self._last, self._last_excused = self._loop.time(), self._excused_s()
        self._timer = self._loop.call_later(self.period_s, self._check)

    def _check(self) -> None:
        late = self._loop.time() - self._last - self.period_s
        if late > self.bound_s:
            self.longest_s = max(self.longest_s, late - (self._excused_s() - self._last_excused))
        self._beat()
