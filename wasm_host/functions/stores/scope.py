"""Whose a key is: names of functions and their keys as bytes that never meet. Pure."""

from __future__ import annotations

from typing import Final

ROOT: Final = b"penstock-functions:1:"
"""All keys in Redis begin so; the number goes up when what lies there changes its form."""


def scoped(function: str) -> bytes:
    """Return what a function's keys begin with: its name behind the name's length, so no two beginnings go on alike."""
    name = function.encode()
    return b"%d:%b:" % (len(name), name)


def after(prefix: bytes) -> bytes | None:
    """Return the first of all bytes that are greater than whatever begins with `prefix`; None if nothing is."""
    head = prefix.rstrip(b"\xff")
    return head[:-1] + bytes([head[-1] + 1]) if head else None
