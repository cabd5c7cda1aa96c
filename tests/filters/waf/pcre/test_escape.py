"""PCRE's escapes."""

from __future__ import annotations

import pytest

from filters.waf.pcre import byte_set
from filters.waf.pcre.cursor import Cursor
from filters.waf.pcre.escape import escaped
from filters.waf.pcre.tree import PatternError


@pytest.mark.parametrize(
    ("text", "members", "rest"),
    [
        ("n", b"\n", ""),
        ("t1", b"\t", "1"),
        ("x41b", b"A", "b"),
        ("x4g", b"\x04", "g"),
        ("xg", b"\x00", "g"),
        ("x{7F}", b"\x7f", ""),
        ("x{00ff}", b"\xff", ""),
        ("0", b"\x00", ""),
        ("0177", b"\x0f", "7"),
        ("o{101}", b"A", ""),
        ("cA", b"\x01", ""),
        ("c[", b"\x1b", ""),
        ("e", b"\x1b", ""),
        ("/", b"/", ""),
        ("_", b"_", ""),
        ("\xe9", b"\xe9", ""),
        ("d", b"0123456789", ""),
        ("h", b"\t \xa0", ""),
        ("v", b"\n\x0b\x0c\r\x85", ""),
    ],
)
def test_an_escape_means_its_bytes(text: str, members: bytes, rest: str) -> None:
    cursor = Cursor(text)
    assert escaped(cursor) == byte_set.of(members)
    assert cursor.text[cursor.at :] == rest


@pytest.mark.parametrize("text", ["", "x{100}", "x{}", "x{4", "i", "c", "c\xe9", "o{8}", "o1", "8"])
def test_what_means_no_byte_is_refused(text: str) -> None:
    with pytest.raises(PatternError):
        escaped(Cursor(text))
