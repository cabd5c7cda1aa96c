"""Sets of bytes."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.waf.pcre import byte_set

masks = st.integers(min_value=1, max_value=byte_set.ALL)
sets = st.sets(st.integers(0, 255), min_size=1)


@given(sets)
def test_a_set_is_written_as_the_class_of_its_members(members: set[int]) -> None:
    pattern = re.compile(byte_set.written(byte_set.of(members)).encode(), re.DOTALL)
    assert {byte for byte in range(256) if pattern.fullmatch(bytes((byte,)))} == members


@given(sets)
def test_spans_are_the_members_in_order_without_gaps(members: set[int]) -> None:
    spans = list(byte_set.spans(byte_set.of(members)))
    assert [byte for first, last in spans for byte in range(first, last + 1)] == sorted(members)
    assert all(last + 1 < first for (_, last), (first, _) in itertools.pairwise(spans))


@given(masks)
def test_folding_twice_changes_no_more(mask: int) -> None:
    folded = byte_set.folded(mask)
    assert byte_set.folded(folded) == folded
    assert mask & folded == mask


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (byte_set.of(b"a"), "a"),
        (byte_set.of(b"."), r"\."),
        (byte_set.of(b"\x00"), r"\x00"),
        (byte_set.of(b"ab"), "[ab]"),
        (byte_set.of(b"abc]"), r"[\]a-c]"),
        (byte_set.inverted(byte_set.of(b"\n")), r"[^\x0A]"),
        (byte_set.WORD, r"\w"),
        (byte_set.inverted(byte_set.SPACE), r"\S"),
        (byte_set.ALL, "."),
    ],
)
def test_a_set_is_written_short(members: int, text: str) -> None:
    assert byte_set.written(members) == text


def test_folding_gives_the_other_case_of_ascii_letters_alone() -> None:
    assert byte_set.folded(byte_set.of(b"aZ1\xe9")) == byte_set.of(b"aAzZ1\xe9")


def test_the_vertical_tab_is_a_space() -> None:
    assert byte_set.SPACE >> 0x0B & 1
