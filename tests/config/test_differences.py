"""Where two trees differ, and what has moved."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.differences import ABSENT, LONGEST_SHOWN, differing, found_at, moved, shown
from config.paths import Path

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
)
NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(TREES)
def test_a_tree_does_not_differ_from_itself(tree: Any) -> None:
    assert list(differing(tree, tree)) == []


@given(TREES, TREES)
def test_trees_differ_where_both_ways_tell(one: Any, other: Any) -> None:
    there, back = set(differing(one, other)), set(differing(other, one))
    assert there == back
    assert bool(there) == (one != other)
    assert all(found_at(one, path) != found_at(other, path) for path in there)


def test_differences_are_told_as_deep_as_can_be() -> None:
    old = {"a": {"b": [1, {"c": 2}], "gone": 1}, "same": 1, "list": [1]}
    new = {"a": {"b": [1, {"c": 3}], "come": 1}, "same": 1, "list": [1, 2]}
    paths = [path.spelled() for path in differing(old, new)]
    assert paths == ["a.b[1].c", "a.gone", "a.come", "list"]


def test_nothing_is_found_inside_a_word() -> None:
    assert found_at({"a": "word"}, Path(("a", 0))) is ABSENT
    assert found_at({"a": [1]}, Path(("a", 1))) is ABSENT
    assert found_at({"a": [1]}, Path(("a", 0))) == 1


@given(NAMES, NAMES)
def test_what_has_not_moved_is_in_the_same_order_in_both(old: list[str], new: list[str]) -> None:
    gone = moved(old, new)
    staying = [name for name in old if name in new and name not in gone]
    assert staying == [name for name in new if name in old and name not in gone]
    assert len(gone) == len(moved(new, old))


def test_as_few_as_can_be_have_moved() -> None:
    assert moved("abcde", "eabcd") == ["e"]
    assert moved("abc", "xabyc") == []
    assert len(moved("abc", "cba")) == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ABSENT, "not set"),
        (None, "not set"),
        ("10MiB", "10MiB"),
        (5, "5"),
        (True, "true"),
        (["a", 1], '["a", 1]'),
        ({"é": "ü"}, '{"é": "ü"}'),
        ("two\nlines", '"two\\nlines"'),
        ("\x1b[2J", '"\\u001b[2J"'),
        (["\u202e"], '["\\u202e"]'),
        ("x" * 100, "x" * LONGEST_SHOWN + "…"),
    ],
)
def test_a_value_is_one_line(value: Any, text: str) -> None:
    assert shown(value) == text


@given(TREES)
def test_what_is_shown_can_be_printed(tree: Any) -> None:
    assert shown(tree).isprintable()
