"""Names that were perhaps meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near(name: str, known: Iterable[str]) -> str:
    """Return `; there is x`, or all the names there are if none is near, as the tail of a message."""
    names = sorted(known)
    found = get_close_matches(name, names, n=1) or names
    return f"; there is {' and '.join(found)}" if found else ""
