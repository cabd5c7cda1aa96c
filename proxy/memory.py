"""Results of pure functions, remembered by their argument; bounded, because peers choose the arguments."""

from __future__ import annotations

from collections.abc import Callable, Sized
from typing import Generic, TypeVar

K = TypeVar("K", bound=Sized)
V = TypeVar("V")


class Memory(dict[K, V], Generic[K, V]):
    """Makes what it is asked for the first time. Emptied when it holds `limit`; keys over `longest` are not kept."""

    __slots__ = ("_make", "limit", "longest")

    def __init__(self, make: Callable[[K], V], *, limit: int, longest: int) -> None:
        super().__init__()
        self._make, self.limit, self.longest = make, limit, longest

    def __missing__(self, key: K) -> V:
        value = self._make(key)
        self.keep(key, value)
        return value

    def keep(self, key: K, value: V) -> None:
        if len(key) <= self.longest:
            if len(self) >= self.limit:
                self.clear()
            self[key] = value
