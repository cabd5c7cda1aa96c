"""A guest's lines in a host's log: found by the mark that every guest sets before them."""

from __future__ import annotations

import re
from typing import Final

MARK: Final = "@@ "

_LEVEL = re.compile(r"\b(trace|debug|info|warn|warning|error|critical)\b", re.IGNORECASE)
_NAMES = {"warning": "warn"}


def marked(log: str) -> list[str]:
    """Return "level text" of every marked line; the level is the first one named before the mark."""
    return [_levelled(*line.split(MARK, 1)) for line in log.splitlines() if MARK in line]


def _levelled(before: str, text: str) -> str:
    found = _LEVEL.search(before)
    level = found[1].lower() if found else "unknown"
    # A property's path, which some lines begin with, is joined by NUL; hosts may write that visibly.
    return f"{_NAMES.get(level, level)} {text}".replace("\0", ".").replace("\\x00", ".")


def once(lines: list[str]) -> list[str]:
    """Return the shortest block that, repeated, makes the lines."""
    sizes = (size for size in range(1, len(lines) + 1) if len(lines) % size == 0)
    return next((lines[:size] for size in sizes if lines[:size] * (len(lines) // size) == lines), [])
