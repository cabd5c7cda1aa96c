"""PCRE's character classes in brackets (pcre2pattern(3), "Square brackets and character classes")."""

from __future__ import annotations

import re

from filters.waf.pcre import byte_set
from filters.waf.pcre.cursor import Cursor
from filters.waf.pcre.escape import escaped
from filters.waf.pcre.tree import PatternError

_POSIX = re.compile(r"\[:(\^?)([a-z]+):\]")
_UNSUPPORTED = re.compile(r"\[[.=][^\]]*[.=]\]")


def bracketed(cursor: Cursor, caseless: bool) -> int:
    """Read a class whose `[` was passed, and return its set."""
    negated = cursor.accept("^")
    members = _members(cursor)
    if caseless:
        members = byte_set.folded(members)
    return byte_set.inverted(members) if negated else members


def _members(cursor: Cursor) -> int:
    members, first, quoted = 0, True, False
    while True:
        if not quoted and cursor.peek() == "]" and not first:
            cursor.take()
            return members
        quoted, passed = _quoting(cursor, quoted)
        if passed:
            continue
        first = False
        members |= 1 << ord(_taken(cursor)) if quoted else _member(cursor)


def _quoting(cursor: Cursor, quoted: bool) -> tuple[bool, bool]:
    r"""Return whether `\Q` holds from here, and whether a `\Q` or `\E` was passed."""
    if cursor.accept(r"\E"):
        return False, True
    if not quoted and cursor.accept(r"\Q"):
        return True, True
    return quoted, False


def _member(cursor: Cursor) -> int:
    if cursor.peek() == "[":
        named = cursor.match(_POSIX)
        if named is not None:
            return _posix(named[1], named[2])
        if _UNSUPPORTED.match(cursor.text, cursor.at):
            raise PatternError("POSIX collating elements are not supported")
    low = _single(cursor)
    if not _range_follows(cursor, low):
        return low
    mark = cursor.at
    cursor.take()
    high = _single(cursor)
    if high & (high - 1):  # As in `[a-\d]`, where the hyphen is one.
        cursor.at = mark
        return low
    if high < low:
        raise PatternError("a range of a class ends before it begins")
    return byte_set.span(low.bit_length() - 1, high.bit_length() - 1)


def _range_follows(cursor: Cursor, low: int) -> bool:
    after = cursor.text[cursor.at + 1 : cursor.at + 2]
    named = _POSIX.match(cursor.text, cursor.at + 1) is not None
    return cursor.peek() == "-" and after not in ("]", "") and not low & (low - 1) and not named


def _single(cursor: Cursor) -> int:
    """Read one byte, or an escape's set."""
    character = _taken(cursor)
    if character != "\\":
        return 1 << ord(character)
    if cursor.accept("b"):
        return 1 << 0x08
    return escaped(cursor)


def _taken(cursor: Cursor) -> str:
    character = cursor.take()
    if not character:
        raise PatternError("a class has no ']'")
    return character


def _posix(negation: str, name: str) -> int:
    if name not in byte_set.POSIX:
        raise PatternError(f"there is no class '[:{name}:]'")
    members = byte_set.POSIX[name]
    return byte_set.inverted(members) if negation else members
