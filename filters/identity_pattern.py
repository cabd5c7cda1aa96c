"""Patterns for the names in certificates: `*` is a part of a name, `**` any number of parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

_STARS = re.compile(r"(\*\*|\*)")
_SHA256_HEX: Final = re.compile(r"[0-9a-f]{64}")


def matcher(patterns: Iterable[str], separator: str = "", *, any_case: bool = False) -> Callable[[str], bool]:
    """Return what tells whether a name fits one of the patterns, as a whole; without a separator `*` is anything."""
    texts = [_regex(pattern, separator) for pattern in patterns]
    if not texts:
        return lambda name: False
    compiled = re.compile("|".join(texts), re.DOTALL | (re.IGNORECASE | re.ASCII if any_case else 0))
    return lambda name: compiled.fullmatch(name) is not None


def _regex(pattern: str, separator: str) -> str:
    part = f"[^{re.escape(separator)}]+" if separator else ".+"
    stars = {"*": part, "**": ".+"}
    return "".join(stars.get(piece) or re.escape(piece) for piece in _STARS.split(pattern))


def parse_fingerprint(text: str) -> str:
    """Read a SHA-256 fingerprint as tools print it, with colons or without; raises ValueError."""
    digits = text.replace(":", "").lower()
    if not _SHA256_HEX.fullmatch(digits):
        raise ValueError(f"{text!r} is not a SHA-256 fingerprint: 64 hexadecimal digits, with colons or without")
    return digits
