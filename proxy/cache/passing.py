"""Keys whose answers proved uncacheable: nobody waits for another's fetch of them (hit-for-miss)."""

from __future__ import annotations

from typing import Final

MOST_KEYS: Final = 50_000


class Passing:
    """Remembers keys for a while; `now` is in seconds on any one clock. Over 50,000 the oldest is forgotten first.

    Keys go by their hash, for clients choose how long they are: two with one hash only cost a wait.
    """

    def __init__(self) -> None:
        self._until: dict[int, float] = {}

    def remember(self, key: str, until: float) -> None:
        self.forget(key)
        self._until[hash(key)] = until
        if len(self._until) > MOST_KEYS:
            del self._until[next(iter(self._until))]

    def forget(self, key: str) -> None:
        self._until.pop(hash(key), None)

    def includes(self, key: str, now: float) -> bool:
        until = self._until.get(hash(key))
        if until is None:
            return False
        if now < until:
            return True
        self.forget(key)
        return False

    def clear(self) -> None:
        self._until.clear()
