"""A bounded memory of what was put lately."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Keeps what was put for at least one lifetime and, while more is put, less than two; `2 * capacity` at most.

    Two generations, changed as a whole: no entry is ever looked for to be thrown out. More than `capacity` keys in
    one lifetime bring the change forward, so under a flood of new keys those put longest ago are forgotten first.
    """

    __slots__ = ("_capacity", "_lifetime_s", "_new", "_old", "_turn_s")

    def __init__(self, capacity: int, lifetime_s: float) -> None:
        self._capacity, self._lifetime_s = capacity, lifetime_s
        self._new: dict[K, V] = {}
        self._old: dict[K, V] = {}
        self._turn_s = 0.0

    def get(self, key: K) -> V | None:
        value = self._new.get(key)
        return self._old.get(key) if value is None else value

    def put(self, key: K, value: V, now_s: float) -> None:
        lifetime_s = self._lifetime_s
        if now_s >= self._turn_s + lifetime_s:
            self._new = {}
            self._turn(now_s + lifetime_s)
        elif now_s >= self._turn_s:
            self._turn(self._turn_s + lifetime_s)
        elif len(self._new) >= self._capacity:
            self._turn(now_s + lifetime_s)
        self._new[key] = value

    def _turn(self, next_s: float) -> None:
        self._old, self._new = self._new, {}
        self._turn_s = next_s

    def __len__(self) -> int:
        return len(self._old.keys() | self._new.keys())
