"""The order of assertions."""

from __future__ import annotations

import pytest

from filters.waf.pcre.order import ordered
from filters.waf.pcre.parser import parse
from filters.waf.pcre.tree import PatternError
from filters.waf.pcre.writer import written


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"$\b^a", r"(?m:^)\b(?m:$)a"),
        (r"\z\Aa$\B", r"\A\za\B(?m:$)"),
        (r"a\b(?:$|b)", r"a\b(?:(?m:$)|b)"),
        (r"(?:\B^a)+", r"(?:(?m:^)\Ba)+"),
    ],
)
def test_assertions_at_one_place_come_in_the_order_in_which_all_are_found(pattern: str, text: str) -> None:
    assert written(ordered(parse(pattern.encode()))) == f"(?s-u){text}"


@pytest.mark.parametrize("pattern", [r"\b(?:^|a)", "(?:$|a)b?(^c)", r"(?:^a?\b)+"])
def test_assertions_that_groups_and_loops_put_otherwise_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match="comes, with nothing between"):
        ordered(parse(pattern.encode()))
