"""Looks ahead and behind."""

from __future__ import annotations

import pytest
from kit.patterns import put

from filters.waf.pcre.rewriting import Captures
from filters.waf.pcre.tree import PatternError


@pytest.mark.parametrize(
    ("pattern", "text", "captures"),
    [
        ("a(?!b)", r"a(?:\z|[^b])", Captures.GROUPS),
        ("a(?!bc|bd)", r"a(?:\z|[^b]|b(?:\z|[^cd]))", Captures.GROUPS),
        ("(x)(?!b)", r"(x)(?:\z|[^b])", Captures.GROUPS),
        ("a(?=bc)", "abc", Captures.GROUPS),
        ("(?<!b)a", r"(?:\A|[^b])a", Captures.GROUPS),
        ("(?<=b)a", "ba", Captures.GROUPS),
        ("(?<!b)(a)", r"(?:\A|[^b])(a)", Captures.NONE),
        ("(?![ab])[a-d]x", "[cd]x", Captures.SAME),
        ("(?=[ab])[b-d]+x", "b[b-d]*x", Captures.SAME),
    ],
)
def test_looks_become_matches_of_what_they_look_at(pattern: str, text: str, captures: Captures) -> None:
    assert put(pattern) == (text, captures)


@pytest.mark.parametrize(
    "pattern",
    [
        "(?!ab)c",
        "a(?<!b)c",
        "(?=a)b*",
        "x(?!a*)",
        "x(?!(a))",
        "((?!a))",
        "(?:a(?!b))*",
        "x(?!)",
        "(?![a])a",
        "(?!a)a*b",
    ],
)
def test_looks_that_stand_elsewhere_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        put(pattern)
