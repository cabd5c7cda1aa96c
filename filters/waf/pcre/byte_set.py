"""Sets of bytes as bit masks: what one place of a pattern may match. Bit n stands for byte n."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

ALL = (1 << 256) - 1
NEWLINE = 1 << 0x0A


def of(members: Iterable[int]) -> int:
    """Return the set of these bytes."""
    mask = 0
    for member in members:
        mask |= 1 << member
    return mask


def span(first: int, last: int) -> int:
    """Return the set of the bytes from `first` to `last`, both included."""
    return (1 << (last + 1)) - (1 << first)


def inverted(mask: int) -> int:
    """Return the set of all other bytes."""
    return ALL & ~mask


UPPER, LOWER = span(0x41, 0x5A), span(0x61, 0x7A)
DIGITS = span(0x30, 0x39)
WORD = DIGITS | UPPER | LOWER | 1 << 0x5F
SPACE = span(0x09, 0x0D) | 1 << 0x20
HORIZONTAL = of((0x09, 0x20, 0xA0))
VERTICAL = span(0x0A, 0x0D) | 1 << 0x85

ESCAPES = {
    "d": DIGITS,
    "D": inverted(DIGITS),
    "w": WORD,
    "W": inverted(WORD),
    "s": SPACE,
    "S": inverted(SPACE),
    "h": HORIZONTAL,
    "H": inverted(HORIZONTAL),
    "v": VERTICAL,
    "V": inverted(VERTICAL),
}
"""What PCRE's class escapes match in the C locale, without UTF (pcre2pattern(3), "Generic character types")."""

POSIX = {
    "alnum": DIGITS | UPPER | LOWER,
    "alpha": UPPER | LOWER,
    "ascii": span(0, 0x7F),
    "blank": of((0x09, 0x20)),
    "cntrl": span(0, 0x1F) | 1 << 0x7F,
    "digit": DIGITS,
    "graph": span(0x21, 0x7E),
    "lower": LOWER,
    "print": span(0x20, 0x7E),
    "punct": span(0x21, 0x7E) & ~(DIGITS | UPPER | LOWER),
    "space": SPACE,
    "upper": UPPER,
    "word": WORD,
    "xdigit": DIGITS | span(0x41, 0x46) | span(0x61, 0x66),
}


def folded(mask: int) -> int:
    """Return the set with the other case of each letter in it."""
    return mask | (mask & UPPER) << 32 | (mask & LOWER) >> 32


def spans(mask: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of neighbouring bytes, each as its first and its last."""
    first = 0
    while mask >> first:
        rest = mask >> first
        first += (rest & -rest).bit_length() - 1
        beyond = ~(mask >> first)
        length = (beyond & -beyond).bit_length() - 1
        yield first, first + length - 1
        first += length


@functools.lru_cache(maxsize=4096)
def written(mask: int) -> str:
    """Write a set that has members as Rust's regex reads it in byte mode, with the `s` flag."""
    if mask in _SHORT:
        return _SHORT[mask]
    if not mask & (mask - 1):
        return written_byte(mask.bit_length() - 1, _OUTSIDE)
    inside, outside = list(spans(mask)), list(spans(inverted(mask)))
    if len(outside) < len(inside) or (mask >> 255 and len(outside) == len(inside)):
        return f"[^{''.join(map(_written_span, outside))}]"
    return f"[{''.join(map(_written_span, inside))}]"


def written_byte(byte: int, special: frozenset[str]) -> str:
    """Write one byte, in hexadecimal where it is no printable ASCII; those that are `special` get a backslash."""
    character = chr(byte)
    if not " " <= character <= "~":
        return f"\\x{byte:02X}"
    return f"\\{character}" if character in special else character


def _written_span(span: tuple[int, int]) -> str:
    first, last = (written_byte(byte, _INSIDE) for byte in span)
    if first == last:
        return first
    return f"{first}{'' if span[1] == span[0] + 1 else '-'}{last}"


_OUTSIDE = frozenset("\\.+*?()|[]{}^$#&-~")
_INSIDE = frozenset("\\[]^-&~")
_SHORT = {ALL: "."} | {ESCAPES[name]: f"\\{name}" for name in "dDwWsS"}
