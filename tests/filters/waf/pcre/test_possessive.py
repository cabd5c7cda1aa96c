"""Atomic groups and possessive repeats."""

from __future__ import annotations

import pytest
from kit.patterns import put

from filters.waf.pcre.rewriting import Captures
from filters.waf.pcre.tree import PatternError


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("a++b", "a+b"),
        ("a*+", "a*"),
        ("(?>a|ab)", "a|ab"),
        ("(?>abc)d", "abcd"),
        ("(?>a{3})a", "a{3}a"),
        (r"\s*+=\s*+[^;]+", r"\s*=\s*[^\x09-\x0D ;][^;]*"),
        (r"\s*+(.*)$", r"\s*(.*)(?m:$)"),
        ("[ab]++a*c", "[ab]+a*c"),
        ("a*+(?:b|ac|;?)x", "a*(?:b|;?)x"),
        ("(?:a++b)*c", "(?:a+b)*c"),
        ("a++(?:[ab]c|;?)d", "a+(?:bc|;?)d"),
    ],
)
def test_possessive_repeats_become_plain_where_that_finds_the_same(pattern: str, text: str) -> None:
    assert put(pattern) == (text, Captures.SAME)


@pytest.mark.parametrize("pattern", ["a++a", "(?>a|ab)c", "a++(?:(a)|b)", "(?:ab|a)++b", r"\s++$", "(?:a++){2}"])
def test_possessive_repeats_that_need_be_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        put(pattern)
