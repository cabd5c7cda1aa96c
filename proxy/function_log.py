"""The last lines that each edge function has logged, in all workers, and who reads along."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Final, TypeAlias

from proxy.function_lines import Told
from proxy.runtime import wall_clock

MOST_LINES: Final = 1000
"""So many of a function are kept, and so many wait for a follower."""
MOST_BYTES: Final = 16 * 1024 * 1024
"""Of all functions together; those that have been silent longest lose their lines first."""
LINE_BYTES: Final = 512
"""What a line takes beside its text."""
MOST_FOLLOWERS: Final = 32

Line: TypeAlias = dict[str, Any]
"""`id`, which rises, also over a restart; `at`, `worker`, `version`, `level` and `text`."""


class TooManyFollowers(Exception):
    """Nobody else can follow now."""


class FunctionLog:
    def __init__(self) -> None:
        self._kept: OrderedDict[str, deque[Line]] = OrderedDict()
        self._bytes = 0
        self._ids = count(int(wall_clock() * 1000) * 1000)
        self._followers: list[tuple[str, Follower]] = []

    def take(self, worker: int, told: Told) -> None:
        """Take what a worker tells."""
        for line in told["lines"]:
            name = line["function"]
            kept = {key: line[key] for key in ("at", "version", "level", "text")}
            self._add(name, {"id": next(self._ids), "worker": worker, **kept})
        for name, lost in told["lost"].items():
            for follower in self._following(name):
                follower.miss(lost)

    def _add(self, name: str, line: Line) -> None:
        lines = self._kept.setdefault(name, deque())
        self._kept.move_to_end(name)
        lines.append(line)
        self._bytes += _size(line)
        if len(lines) > MOST_LINES:
            self._bytes -= _size(lines.popleft())
        while self._bytes > MOST_BYTES:
            self._forget_one()
        for follower in self._following(name):
            follower.give(line)

    def _forget_one(self) -> None:
        name, lines = next(iter(self._kept.items()))
        self._bytes -= _size(lines.popleft())
        if not lines:
            del self._kept[name]

    def _following(self, name: str) -> Iterator[Follower]:
        return (follower for followed, follower in self._followers if followed == name)

    def knows(self, name: str) -> bool:
        return name in self._kept

    def recent(self, name: str, most: int = MOST_LINES, after: int = 0) -> list[Line]:
        """Return a function's last lines, the oldest first, of those with an id beyond `after`."""
        lines = [line for line in self._kept.get(name, ()) if line["id"] > after]
        return lines[max(0, len(lines) - most) :]

    @contextmanager
    def follow(self, name: str, lines: Iterable[Line] = ()) -> Iterator[Follower]:
        """Give what a function logs from now on, after these lines; raises TooManyFollowers."""
        if len(self._followers) >= MOST_FOLLOWERS:
            raise TooManyFollowers
        entry = name, Follower(lines)
        self._followers.append(entry)
        try:
            yield entry[1]
        finally:
            self._followers.remove(entry)


class Follower:
    """Who reads slower than a function logs loses lines, the oldest first, and is told how many."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._waiting = deque(lines)
        self._lost = 0
        self._news = asyncio.Event()
        if self._waiting:
            self._news.set()

    def give(self, line: Line) -> None:
        self._waiting.append(line)
        if len(self._waiting) > MOST_LINES:
            self._waiting.popleft()
            self._lost += 1
        self._news.set()

    def miss(self, lost: int) -> None:
        """Note lines that got lost on their way here."""
        self._lost += lost
        self._news.set()

    async def take(self) -> tuple[list[Line], int]:
        """Wait for news; returns the lines, and how many were lost before them."""
        await self._news.wait()
        self._news.clear()
        lines, lost = list(self._waiting), self._lost
        self._waiting.clear()
        self._lost = 0
        return lines, lost


def _size(line: Line) -> int:
    return LINE_BYTES + len(line["text"])
