"""PCRE's `^`."""

from __future__ import annotations

import pytest
from kit.patterns import put

from filters.waf.pcre.rewriting import Captures
from filters.waf.pcre.tree import PatternError


@pytest.mark.parametrize(
    ("pattern", "text", "captures"),
    [
        ("^a", "(?m:^)a", Captures.SAME),
        ("^$", r"\A(?m:$)|(?m:^)(?m:$).", Captures.GROUPS),
        ("^a?$", r"\Aa?(?m:$)|(?m:^)(?:a(?m:$)|(?m:$).)", Captures.GROUPS),
        ("^.*$", r"\A.*(?m:$)", Captures.SAME),
        ("(?:^|x)a", "(?:(?m:^)|x)a", Captures.SAME),
        ("b|^$", r"b|(?:\A(?m:$)|(?m:^)(?m:$).)", Captures.GROUPS),
        ("^(?=ab)", r"\Aab|(?m:^)ab", Captures.GROUPS),
    ],
)
def test_a_line_that_may_be_empty_does_not_begin_behind_the_last_newline(
    pattern: str, text: str, captures: Captures
) -> None:
    assert put(pattern) == (text, captures)


@pytest.mark.parametrize("pattern", ["^(a*)$", "(?:^|x)b*", r"^(?:a*\b)*"])
def test_line_starts_that_cannot_be_rewritten_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match=r"behind '\^'"):
        put(pattern)


def test_without_lines_an_empty_text_is_an_empty_line() -> None:
    assert put("^$", lines=False) == (r"\A\z", Captures.SAME)
