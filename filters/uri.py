"""Percent-encoding of values that a client chose, for the part of a URI where they go (RFC 3986 §2)."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

_SUB_DELIMS: Final = "!$&'()*+,;="
_IN_PATH: Final = _SUB_DELIMS + ":@/%"
_IN_URI: Final = _IN_PATH + "?[]"


def path_text(value: str) -> str:
    """Encode what may not stand in a path; escapes stay as they are."""
    return quote(value, safe=_IN_PATH, encoding="latin-1", errors="replace")


def uri_text(value: str) -> str:
    """Encode what may not stand in any part of a URI, and `#`; escapes and delimiters stay as they are."""
    return quote(value, safe=_IN_URI, encoding="latin-1", errors="replace")


def query_text(value: str) -> str:
    """Encode a parameter's name or value, delimiters and escapes too."""
    return quote(value, safe="", encoding="latin-1", errors="replace")
