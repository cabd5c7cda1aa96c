"""Where two trees of plain data differ, which of a list's members have moved, and how a value is shown on one line."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, Final

from config.paths import ROOT, Path

ABSENT: Final = object()
LONGEST_SHOWN: Final = 80


def differing(old: Any, new: Any, path: Path = ROOT) -> Iterator[Path]:
    """Yield the paths at which two trees differ, as deep as they can be told; lists of unlike length as a whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from differing(old.get(key, ABSENT), new.get(key, ABSENT), path / str(key))
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple) and len(old) == len(new):
        for at, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differing(one, other, path / at)
    elif old != new:
        yield path


def found_at(data: Any, path: Path) -> Any:
    """Return what a tree has at a path, or ABSENT."""
    for step in path:
        if not _has(data, step):
            return ABSENT
        data = data[step]
    return data


def _has(data: Any, step: str | int) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and step < len(data)


def shown(value: Any) -> str:
    """Spell a value on one line, with nothing in it that a terminal would take for more than text."""
    if value is ABSENT or value is None:
        return "not set"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text if text.isprintable() else json.dumps(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def moved(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Return the names in both lists that the others have to be rearranged around, as few as can be."""
    place = {name: at for at, name in enumerate(old)}
    common = [name for name in new if name in place]
    staying = _longest_rising([place[name] for name in common])
    return [name for name in common if place[name] not in staying]


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Return the members of a longest rising subsequence of different numbers (patience sorting)."""
    tops: list[int] = []
    below: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(tops, number)
        below[number] = tops[at - 1] if at else None
        tops[at : at + 1] = [number]
    found: set[int] = set()
    member = tops[-1] if tops else None
    while member is not None:
        found.add(member)
        member = below[member]
    return found
