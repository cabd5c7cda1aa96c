"""A place in a pattern's text."""

from __future__ import annotations

import re

from filters.waf.pcre.cursor import Cursor


def test_a_text_is_taken_from_left_to_right_and_then_gives_nothing() -> None:
    cursor = Cursor("ab")
    assert [cursor.peek(), cursor.take(), cursor.take(), cursor.peek(), cursor.take()] == ["a", "a", "b", "", ""]


def test_a_prefix_is_passed_only_if_it_is_next() -> None:
    cursor = Cursor("(?:x")
    assert not cursor.accept("(?=")
    assert cursor.accept("(?:")
    assert cursor.peek() == "x"


def test_a_match_is_passed() -> None:
    cursor = Cursor("12ab")
    assert cursor.match(re.compile("[a-z]+")) is None
    found = cursor.match(re.compile("[0-9]+"))
    assert found is not None
    assert (found[0], cursor.at) == ("12", 2)


def test_text_up_to_an_end_is_passed_with_it() -> None:
    cursor = Cursor("ab)c")
    assert cursor.until("]") is None
    assert cursor.until(")") == "ab"
    assert cursor.peek() == "c"
