"""What functions and their aliases may be called. Pure: a name is never part of a path on disk."""

from __future__ import annotations

import re
from typing import Final

LIVE: Final = "live"
"""The alias that routes use where they name none."""

RESERVED: Final = frozenset({"deploy", "functions", "metrics", "openapi"})
"""Words that stand where names do in the admin's URLs."""

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")


def checked_name(text: object) -> str:
    """Return the name of a function; raises ValueError."""
    name = _checked(text, "function")
    if name in RESERVED:
        raise ValueError(f"{name!r} is a word of the admin's own; call the function something else")
    return name


def checked_alias(text: object) -> str:
    """Return the name of an alias; raises ValueError."""
    return _checked(text, "alias")


def _checked(text: object, what: str) -> str:
    if not isinstance(text, str) or not _NAME.fullmatch(text):
        spelled = repr(text) if len(repr(text)) <= 80 else f"{repr(text)[:80]}…"
        raise ValueError(
            f"{spelled} is not the name of {'an' if what == 'alias' else 'a'} {what}: "
            "use a-z, 0-9 and '-', a letter first, at most 63"
        )
    return text
