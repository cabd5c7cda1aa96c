"""The parts of a graph by what they were made of, so that the next graph keeps those that would be made of the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, TypeAlias, TypeVar

T = TypeVar("T")

Key: TypeAlias = tuple[str, ...]
"""What a part is and what it is called: `("upstream", "api")`. Several parts may share a key."""


@dataclass(frozen=True, slots=True)
class _Part:
    made_of: object
    part: Any


class Stock:
    """Fills up while a graph is built; the one of the running graph is only read, so that a build may fail.

    `of` is what all is made of; where it `is_known`, the very one of the graph before, no part can be another.
    """

    def __init__(self, former: Self | None = None, of: object = None) -> None:
        self._parts: dict[Key, list[_Part]] = {}
        self.of, self.is_known = of, former is not None and of is not None and former.of is of
        self._former = {} if former is None else {key: list(parts) for key, parts in former._parts.items()}

    def part(self, key: Key, made_of: object, make: Callable[[], T]) -> T:
        """Return the running graph's part of this key that was made of something equal, else a new one."""
        for each in self._former.get(key, ()):
            if each.made_of == made_of:
                found: T = each.part
                return self.enter(key, made_of, found)
        return self.enter(key, made_of, make())

    def former(self, key: Key) -> list[Any]:
        """Return the running graph's parts of this key that the new one has not kept yet."""
        return [each.part for each in self._former.get(key, ())]

    def enter(self, key: Key, made_of: object, part: T) -> T:
        """Have a part; one of the running graph can be kept only once."""
        left = [each for each in self._former.get(key, ()) if each.part is not part]
        self._former[key] = left
        self._parts.setdefault(key, []).append(_Part(made_of, part))
        return part

    def seal(self) -> None:
        """Forget the graph before: it is to go when its last exchange has ended."""
        self._former = {}
