"""What can be said of a tree without running it."""

from __future__ import annotations

import pytest

from filters.waf.pcre import analysis, byte_set
from filters.waf.pcre.parser import parse
from filters.waf.pcre.tree import Node, Sequence


def items(pattern: str) -> tuple[Node, ...]:
    tree = parse(pattern.encode())
    return tree.items if isinstance(tree, Sequence) else (tree,)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a", False),
        ("a*", True),
        ("a+", False),
        ("", True),
        ("a|", True),
        ("^", True),
        ("(a?)b*", True),
        ("a?b", False),
    ],
)
def test_what_may_take_nothing_is_known(pattern: str, expected: bool) -> None:
    assert analysis.nullable(parse(pattern.encode())) is expected


@pytest.mark.parametrize(
    ("pattern", "members"),
    [
        ("abc", b"a"),
        ("a?b", b"ab"),
        ("a|[bc]", b"abc"),
        ("^a", b"a"),
        ("(?:a*|b)c", b"abc"),
        (r"\bx+", b"x"),
        ("", b""),
    ],
)
def test_what_a_match_may_begin_with_is_known(pattern: str, members: bytes) -> None:
    assert analysis.first(parse(pattern.encode())) == byte_set.of(members)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("abc", True), ("a{3}", True), ("(a)b", True), ("a|b", False), ("a+", False), ("(?>a+)", True)],
)
def test_what_has_only_one_way_to_match_is_known(pattern: str, expected: bool) -> None:
    assert analysis.one_way(parse(pattern.encode())) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", True),
        ("a*", True),
        ("a*(.*)$", True),
        (r".*?\z", True),
        ("a+", False),
        ("$", False),
        ("(?-s).*$", False),
        (r"a*\b", False),
        (".*a", False),
    ],
)
def test_what_matches_in_any_text_is_known(pattern: str, expected: bool) -> None:
    assert analysis.certain(items(pattern)) is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("b", True),
        ("a", False),
        ("a*b", True),
        ("a*", True),
        ("a+b", False),
        ("(?:a*b|c)*d", True),
        ("(?:ab)*d", False),
        (r"\z", True),
        ("$", True),
        (r"\bb", True),
        (r"\b", False),
        ("b?a", False),
        ("(?:b|a)c", False),
    ],
)
def test_what_goes_on_matching_behind_a_byte_is_known(pattern: str, expected: bool) -> None:
    assert analysis.persists(items(pattern), byte_set.of(b"a")) is expected


def test_a_line_end_does_not_go_on_behind_a_newline() -> None:
    assert not analysis.persists(items("$"), byte_set.SPACE)


@pytest.mark.parametrize(
    ("pattern", "expected"), [("a?", False), (r"\b", True), (r"(?:\b|a)", True), (r"(?:a\b)?", False)]
)
def test_what_takes_nothing_by_leave_of_an_assertion_is_known(pattern: str, expected: bool) -> None:
    assert analysis.hangs(parse(pattern.encode())) is expected


def test_groups_are_found_at_any_depth() -> None:
    assert analysis.has_groups(parse(b"a|(?:b(?=(c)))*"))
    assert not analysis.has_groups(parse(b"a|(?:b)*"))
