"""PCRE's escapes for bytes and classes, which mean the same in and out of brackets (pcre2pattern(3), "Backslash")."""

from __future__ import annotations

import re

from filters.waf.pcre.byte_set import ESCAPES
from filters.waf.pcre.cursor import Cursor
from filters.waf.pcre.tree import PatternError

_CONTROLS = {"a": 0x07, "e": 0x1B, "f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09}
_HEX = re.compile(r"[0-9A-Fa-f]{0,2}")
_BRACED = re.compile(r"\{([0-9A-Fa-f]+)\}")
_OCTAL = re.compile(r"[0-7]{1,3}")


def escaped(cursor: Cursor) -> int:
    """Read the escape whose backslash was passed, and return its set; refuse those that mean no byte."""
    name = cursor.take()
    if name in ESCAPES:
        return ESCAPES[name]
    return 1 << _byte(name, cursor)


def octal(cursor: Cursor) -> int:
    """Read up to three octal digits, and return the byte."""
    found = cursor.match(_OCTAL)
    if found is None:
        raise PatternError(r"'\8' and '\9' are no octal digits")
    return _checked(int(found[0], 8))


def _byte(name: str, cursor: Cursor) -> int:
    if not name:
        raise PatternError("a backslash ends the pattern")
    if name in _CONTROLS:
        return _CONTROLS[name]
    if name == "x":
        return _hexadecimal(cursor)
    if name == "c":
        return _control(cursor.take())
    if name == "o":
        return _braced_octal(cursor)
    if "0" <= name <= "7":
        cursor.at -= 1
        return octal(cursor)
    if name.isascii() and name.isalnum():
        raise PatternError(f"'\\{name}' is not supported")
    return ord(name)


def _hexadecimal(cursor: Cursor) -> int:
    if cursor.peek() == "{":
        braced = cursor.match(_BRACED)
        if braced is None:
            raise PatternError(r"'\x{' without hexadecimal digits and '}'")
        return _checked(int(braced[1], 16))
    found = cursor.match(_HEX)
    return int(found[0], 16) if found is not None and found[0] else 0


def _control(character: str) -> int:
    if not " " <= character <= "~":
        raise PatternError(r"'\c' without a printable ASCII character")
    return ord(character.upper()) ^ 0x40


def _braced_octal(cursor: Cursor) -> int:
    digits = cursor.until("}") if cursor.accept("{") else None
    if digits is None or not re.fullmatch("[0-7]+", digits):
        raise PatternError(r"'\o' without '{', octal digits and '}'")
    return _checked(int(digits, 8))


def _checked(code: int) -> int:
    if code > 0xFF:
        raise PatternError(f"character {code:#x} is no byte")
    return code
