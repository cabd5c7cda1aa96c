"""Rule text as bytes, as the reader found them."""

from __future__ import annotations


def encoded(text: str) -> bytes:
    """Return the bytes that the reader decoded (see seclang/texts.py)."""
    return text.encode("utf-8", "surrogateescape")


def lowered(text: str) -> bytes:
    """Return a name's bytes with its ASCII letters in lower case; the guest compares names so."""
    return encoded(text).lower()
