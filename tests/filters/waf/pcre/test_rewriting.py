"""What is left to rewrite: ends of lines, and what of the captures is the same."""

from __future__ import annotations

import pytest
from kit.patterns import put

from filters.waf.pcre.rewriting import Captures
from filters.waf.pcre.tree import PatternError


def test_an_end_that_may_have_a_newline_before_it_takes_it() -> None:
    assert put(r"a\Z") == (r"a\x0A?\z", Captures.GROUPS)
    with pytest.raises(PatternError):
        put(r"a\Zb?")


@pytest.mark.parametrize(
    ("pattern", "captures"),
    [("(?:a*)*b", Captures.GROUPS), ("(a*)*b", Captures.NONE), ("(a)+b", Captures.SAME), ("(?:a?){2}", Captures.SAME)],
)
def test_loops_that_may_take_nothing_may_capture_otherwise(pattern: str, captures: Captures) -> None:
    assert put(pattern)[1] is captures


def test_a_counted_end_of_text_is_refused() -> None:
    with pytest.raises(PatternError, match="counted"):
        put(r"(?:a\z){2}")
