"""Translated patterns find what PCRE's find: both are run over the same texts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit import pcre2
from kit.rust_pattern import RustPattern

from filters.waf.patterns import translated
from filters.waf.pcre.rewriting import Captures
from filters.waf.refusal import Refused

PCRE = pcre2.library()
needs_pcre = pytest.mark.skipif(PCRE is None, reason="libpcre2-8 is not on this machine")

_BYTES = ("a", "b", "c", "A", ".", " ", r"\s", r"\w", r"\W", r"\n", "[ab]", "[^a]", "[a-c]", r"[^ab\s]", r"\x41")
_PLACES = ("^", "$", r"\b", r"\B", r"\A", r"\z", r"\Z", "(?!a)", "(?=ab)", "(?<!a|bc)", "(?<=b)")
ATOMS = st.sampled_from(_BYTES + _PLACES)
QUANTIFIERS = st.sampled_from(["", "", "", "*", "+", "?", "*?", "+?", "*+", "++", "{2}", "{1,2}"])
GROUPS = st.sampled_from(["(", "(?:", "(?:", "(?>", "(?i:", "(?-m:"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, QUANTIFIERS).map("".join),
        st.lists(inner, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map("|".join),
        st.tuples(GROUPS, inner, st.just(")"), QUANTIFIERS).map("".join),
    ),
    max_leaves=12,
)
TEXTS = st.lists(st.text("abcAB \n-", max_size=8).map(str.encode), min_size=1, max_size=12)


def compared(captures: Captures, spans: list[pcre2.Span] | None) -> object:
    """Return of what was found what is to be the same."""
    if spans is None or captures is Captures.NONE:
        return spans is None
    return spans[1:] if captures is Captures.GROUPS else spans


@needs_pcre
@settings(max_examples=400)
@given(PATTERNS, TEXTS, st.booleans())
def test_a_translated_pattern_finds_what_pcre_finds(pattern: str, texts: list[bytes], lines: bool) -> None:
    assert PCRE is not None
    try:
        translation = translated(pattern, lines=lines)
        original = pcre2.Pattern(PCRE, pattern.encode())
    except (Refused, ValueError):
        return
    rust = RustPattern(translation.text)
    for text in texts if lines else [text.replace(b"\n", b"") for text in texts]:
        expected, found = original.search(text), rust.search(text)
        assert compared(translation.captures, found) == compared(translation.captures, expected), text
    original.close()


@needs_pcre
@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("^$", [b"", b"\n", b"a\n", b"a\n\nb", b"\na"]),
        ("^[a-z]*$", [b"ab", b"!\n", b"!\n\n!", b"A\nb"]),
        (r"<\?(?!xml)", [b"<?", b"<?xml", b"<?xm", b"<?php", b"<?<?xml"]),
        ("(?<!&amp|&lt);", [b";", b"&amp;", b"amp;", b"&lt;;", b"lt;"]),
        (r"charset\s*+=\s*+[^;]+", [b"charset=a", b"charset = ", b"charset=  x", b"charset=;"]),
        (r"[^?\w\s=]++\s*?[(@]*?\s*?\w+", [b"@a", b"@(@ b", b"?", b"'@(", b"-- x"]),
        (r"[\x80-\xff]\x{a0}", [b"\xe9\xa0", b"\xa0", b"a\xa0"]),
        (r"(?i)\bÉ", ["É".encode(), "é".encode(), "xÉ".encode()]),
        (r"a{,2}", [b"a{,2}", b"aa"]),
        (r"[\v\h]+x", [b"\x0b\xa0\x85x", b"vx"]),
        (r"(a)|(b)|c", [b"a", b"b", b"c"]),
    ],
)
def test_these_find_what_pcre_finds(pattern: str, texts: list[bytes]) -> None:
    assert PCRE is not None
    original, translation = pcre2.Pattern(PCRE, pattern.encode()), translated(pattern)
    rust = RustPattern(translation.text)
    for text in texts:
        expected, found = original.search(text), rust.search(text)
        assert compared(translation.captures, found) == compared(translation.captures, expected), text
    original.close()


def test_a_caseless_pattern_finds_both_cases() -> None:
    assert translated("ab", caseless=True).text == b"(?is-u)ab"


def test_bytes_that_are_no_utf_8_stay_as_they_are() -> None:
    assert translated(b"\xff".decode("utf-8", "surrogateescape")).text == rb"(?s-u)\xFF"


def test_a_refusal_tells_what_of_the_pattern_cannot_be_taken() -> None:
    with pytest.raises(Refused, match=r"its pattern cannot be taken: '\\1' refers back to a group"):
        translated(r"(a)\1")
