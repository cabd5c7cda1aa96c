"""Tables of values that rules refer to by index, each value once."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

H = TypeVar("H", bound=Hashable)


class Interned(Generic[H]):
    """Values in the order in which they were first asked for."""

    def __init__(self, *first: H) -> None:
        self._indices = {value: index for index, value in enumerate(first)}

    def index(self, value: H) -> int:
        """Return the value's index; it gets the next one if it is new."""
        return self._indices.setdefault(value, len(self._indices))

    @property
    def values(self) -> tuple[H, ...]:
        return tuple(self._indices)


class Tables:
    """The tables of one rule set. The first pipeline is the empty one."""

    def __init__(self) -> None:
        self.pipelines: Interned[tuple[int, ...]] = Interned(())
        self.patterns: Interned[bytes] = Interned()
        self.phrase_sets: Interned[tuple[bytes, ...]] = Interned()
        self.files: Interned[bytes] = Interned()
        self.tags: Interned[bytes] = Interned()
