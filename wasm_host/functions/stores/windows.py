"""Rate limits in fixed windows that begin with the first take. Pure: `now` comes from outside, on any clock."""

from __future__ import annotations

from typing import Final

MOST_WINDOWS: Final = 10_000
"""Of one function in one worker; the one that began first makes room, even if it is not over."""


class Windows:
    """How much was taken from each window of one function, by key and length."""

    def __init__(self) -> None:
        self._windows: dict[tuple[bytes, int], tuple[float, int]] = {}  # to when it is over, and what was taken

    def take(self, key: bytes, most: int, window_s: int, now: float) -> bool:
        over_at, taken = self._windows.get((key, window_s), (now, 0))
        if over_at <= now:
            self._windows.pop((key, window_s), None)  # A new one goes to the end of the line.
            over_at, taken = now + window_s, 0
        if taken >= most:
            return False
        if taken == 0 and len(self._windows) >= MOST_WINDOWS:
            del self._windows[next(iter(self._windows))]
        self._windows[key, window_s] = over_at, taken + 1
        return True
