"""PCRE's character classes."""

from __future__ import annotations

import pytest

from filters.waf.pcre import byte_set
from filters.waf.pcre.brackets import bracketed
from filters.waf.pcre.cursor import Cursor
from filters.waf.pcre.tree import PatternError


def read(text: str, *, caseless: bool = False) -> int:
    cursor = Cursor(text)
    members = bracketed(cursor, caseless)
    assert cursor.at == len(text)
    return members


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("ab]", b"ab"),
        ("a-c]", b"abc"),
        ("]a]", b"]a"),
        ("-a]", b"-a"),
        ("a-]", b"a-"),
        ("[]", b"["),
        ("a[b]", b"a[b"),
        ("&&~~-]", b"&~-"),
        (r"\]\-\\]", b"]-\\"),
        (r"\b]", b"\x08"),
        (r"\x41-\x43]", b"ABC"),
        (r"\x5c]", b"\\"),
        ("[:digit:]x]", b"0123456789x"),
        ("[:digit:]-]", b"0123456789-"),
        (r"\d-]", b"0123456789-"),
        (r"\d-x]", b"0123456789-x"),
        (r"a-\d]", b"a-0123456789"),
        (r"\Qa]-\E]", b"a]-"),
        (r"a\Eb]", b"ab"),
        ("[:foo]", b"[:fo"),
    ],
)
def test_a_class_has_these_members(text: str, members: bytes) -> None:
    assert read(text) == byte_set.of(members)


def test_a_negated_class_has_all_others() -> None:
    assert read("^a]") == byte_set.inverted(byte_set.of(b"a"))
    assert read("^]a]") == byte_set.inverted(byte_set.of(b"]a"))


def test_a_negated_posix_class_has_all_others() -> None:
    assert read("[:^print:]]") == byte_set.inverted(byte_set.POSIX["print"])


def test_a_caseless_class_has_both_cases_before_it_is_negated() -> None:
    assert read("a]", caseless=True) == byte_set.of(b"aA")
    assert read("^a]", caseless=True) == byte_set.inverted(byte_set.of(b"aA"))


@pytest.mark.parametrize("text", ["", "a", "]", "^]", "z-a]", "[:nope:]]", "[.a.]]", r"\R]", r"\Qa", "[=a=]]"])
def test_a_malformed_class_is_refused(text: str) -> None:
    with pytest.raises(PatternError):
        read(text)
