"""Logical lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.waf.seclang.lines import logical_lines


def lines(text: str) -> list[tuple[int, str]]:
    return list(logical_lines(text))


def test_line_keeps_the_number_that_it_was_written_on() -> None:
    assert lines("\n\nSecRuleEngine On\n") == [(3, "SecRuleEngine On")]


def test_backslash_at_the_end_joins_the_next_line() -> None:
    assert lines("SecRule ARGS \\\n  x \\\n  id:1\nSecMarker A") == [(1, "SecRule ARGS   x   id:1"), (4, "SecMarker A")]


def test_blanks_inside_quotes_survive_the_joining() -> None:
    assert lines("SecAction \"msg:'a \\\n b'\"") == [(1, "SecAction \"msg:'a  b'\"")]


def test_backslash_at_the_end_of_the_file_joins_nothing() -> None:
    assert lines("SecMarker A\\") == [(1, "SecMarker A")]


def test_carriage_returns_are_no_part_of_a_line() -> None:
    assert lines("SecMarker \\\r\n A\r\n\r\nSecMarker B\r\n") == [(1, "SecMarker  A"), (4, "SecMarker B")]


@pytest.mark.parametrize("text", ["# a word", "  #x", "#", "", "   \t"])
def test_comments_and_empty_lines_are_left_out(text: str) -> None:
    assert lines(f"{text}\nSecMarker A") == [(2, "SecMarker A")]


def test_hash_inside_a_line_begins_no_comment() -> None:
    assert lines("SecRule ARGS #") == [(1, "SecRule ARGS #")]


def test_comment_that_ends_in_a_backslash_swallows_no_rule() -> None:
    assert lines("# in C:\\\nSecMarker A") == [(2, "SecMarker A")]


@pytest.mark.parametrize("comment", ["#SecAction", "# SecRule ARGS", "#\tSecDefaultAction"])
def test_rule_that_is_commented_out_is_so_to_its_end(comment: str) -> None:
    assert lines(f'{comment} \\\n  "id:1,\\\n  pass"\nSecMarker A') == [(4, "SecMarker A")]


@given(st.text())
def test_any_text_is_cut_into_lines_with_rising_numbers(text: str) -> None:
    numbers = [number for number, line in lines(text) if line]
    assert numbers == sorted(set(numbers))
    assert all(1 <= number <= text.count("\n") + 1 for number in numbers)
