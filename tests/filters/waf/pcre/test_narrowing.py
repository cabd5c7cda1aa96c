"""Trees without the matches that begin with certain bytes."""

from __future__ import annotations

import pytest

from filters.waf.pcre import byte_set
from filters.waf.pcre.narrowing import narrowed
from filters.waf.pcre.parser import parse
from filters.waf.pcre.writer import written


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("[ab]c", "bc"),
        ("[ab]+", "b[ab]*"),
        ("[ab]{2,3}", "b[ab]{1,2}"),
        ("ac|b", "b"),
        ("([ab])", "(b)"),
        (r"\b[ab]", r"\bb"),
        ("(?:[ab]c)+d", "(?:bc)(?:[ab]c)*d"),
        ("(?:ab|;?)", ";?"),
    ],
)
def test_matches_that_begin_so_are_left_out(pattern: str, text: str) -> None:
    narrow = narrowed(parse(pattern.encode()), byte_set.of(b"a"))
    assert narrow is not None
    assert written(narrow).removeprefix("(?s-u)").replace("(?:bc)", "bc") == text.replace("(?:bc)", "bc")


@pytest.mark.parametrize("pattern", ["a", "ab", "a+", "(a)", "a|ac", r"\ba"])
def test_nothing_is_left_of_what_always_begins_so(pattern: str) -> None:
    assert narrowed(parse(pattern.encode()), byte_set.of(b"a")) is None


@pytest.mark.parametrize("pattern", ["a*", "a?b", "(?:([ab]))+", "(a)|b"])
def test_what_cannot_be_narrowed_alone_stays_as_it_is(pattern: str) -> None:
    tree = parse(pattern.encode())
    assert narrowed(tree, byte_set.of(b"a")) == tree
