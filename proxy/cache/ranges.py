"""Byte ranges of a whole response (RFC 9110 §14): which bytes are asked for, and how several of them are sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

MOST_RANGES: Final = 16
"""A request for more gets the whole: answering many small ranges costs more than they are worth (§17.15)."""

_UNIT: Final = re.compile(rb"bytes[ \t]*=[ \t]*", re.IGNORECASE)
_SPEC: Final = re.compile(rb"(?P<first>[0-9]*)-(?P<last>[0-9]*)\Z")
_BEYOND: Final = 10**18


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1

    def content_range(self, length: int) -> bytes:
        return b"bytes %d-%d/%d" % (self.first, self.last, length)


def wanted_parts(value: bytes, length: int) -> list[Part] | None:
    """Return the parts of `length` bytes that a Range names, those that touch made one; empty: unsatisfiable.

    None means that the field is to be ignored (§14.2): another unit, a bad syntax, too many.
    """
    unit = _UNIT.match(value)
    if unit is None:
        return None
    specs = [spec for piece in value[unit.end() :].split(b",") if (spec := piece.strip(b" \t"))]
    if not specs or len(specs) > MOST_RANGES:
        return None
    parts = []
    for spec in specs:
        found = _SPEC.match(spec)
        if found is None or not (found["first"] or found["last"]):
            return None
        first, last = _number(found["first"]), _number(found["last"])
        if first is not None and last is not None and first > last:
            return None
        part = _within(first, last, length)
        if part is not None:
            parts.append(part)
    return _coalesced(parts)


def _number(digits: bytes) -> int | None:
    if not digits:
        return None
    return _BEYOND if len(digits.lstrip(b"0")) > 18 else int(digits)


def _within(first: int | None, last: int | None, length: int) -> Part | None:
    """Cut a range to what is there (§14.1.2); `first` is None for a suffix of `last` bytes."""
    if first is None:
        first, last = max(0, length - (last or 0)), None
    if first >= length:
        return None
    return Part(first, length - 1 if last is None else min(last, length - 1))


def _coalesced(parts: list[Part]) -> list[Part]:
    """Make one of those that overlap or touch (§15.3.7.2); the order asked for is kept where none do."""
    ordered = sorted(parts, key=lambda part: part.first)
    merged: list[Part] = []
    for part in ordered:
        if merged and part.first <= merged[-1].last + 1:
            merged[-1] = Part(merged[-1].first, max(merged[-1].last, part.last))
        else:
            merged.append(part)
    return parts if len(merged) == len(parts) else merged


@dataclass(frozen=True, slots=True)
class Multipart:
    """Several parts as one content of the type multipart/byteranges (RFC 9110 §14.6)."""

    content_type: bytes
    content: bytes


def multipart(body: bytes, parts: Sequence[Part], content_type: bytes | None) -> Multipart:
    """Put parts of a whole body together; `content_type` is the body's own."""
    boundary = _boundary(body, parts)
    own_type = b"" if content_type is None else b"Content-Type: %b\r\n" % content_type
    pieces = [
        b"--%b\r\n%bContent-Range: %b\r\n\r\n%b\r\n"
        % (boundary, own_type, part.content_range(len(body)), body[part.first : part.last + 1])
        for part in parts
    ]
    return Multipart(b"multipart/byteranges; boundary=" + boundary, b"%b--%b--\r\n" % (b"".join(pieces), boundary))


def _boundary(body: bytes, parts: Sequence[Part]) -> bytes:
    """Return a word that does not occur in the body; it is the same for the same answer."""
    boundary = blake2b(repr(parts).encode(), digest_size=12).hexdigest().encode()
    while boundary in body:
        boundary = blake2b(boundary, digest_size=12).hexdigest().encode()
    return boundary
