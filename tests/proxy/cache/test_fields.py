"""Lists, numbers, entity tags and tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.cache.fields import (
    LONGEST_S,
    LONGEST_TAG,
    MOST_TAGS,
    age,
    entity_tags,
    members,
    seconds,
    strongly_equal,
    tags,
    vary,
    weakly_equal,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"a, b", [b"a", b"b"]),
        (b"a,,b ,", [b"a", b"", b"b", b""]),
        (b"", [b""]),
        (b'x="a, b", c', [b'x="a, b"', b"c"]),
        (b'x="a\\", b", c', [b'x="a\\", b"', b"c"]),
        (b'x="a, no-store', [b'x="a', b"no-store"]),
        (b'a, "b", x="c, d', [b"a", b'"b"', b'x="c', b"d"]),
    ],
)
def test_lists_are_split_at_commas_outside_quoted_strings(value: bytes, expected: list[bytes]) -> None:
    assert list(members(value)) == expected


@given(st.lists(st.binary(max_size=20).map(lambda piece: piece.replace(b",", b"").replace(b'"', b"").strip(b" \t"))))
def test_what_was_joined_by_commas_comes_apart_at_them(pieces: list[bytes]) -> None:
    assert list(members(b", ".join(pieces))) == (pieces or [b""])


@given(st.text(',"\\a ', max_size=300).map(str.encode))
def test_no_list_is_slow_or_loses_what_stands_outside_quotes(value: bytes) -> None:
    assert sum(map(len, members(value))) <= len(value)


def test_a_list_of_stray_quotes_takes_time_in_proportion_to_its_length() -> None:
    assert len(list(members(b'"\\' * 100_000))) == 1


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        (b"0", 0),
        (b"003600", 3600),
        (b"2147483647", LONGEST_S - 1),
        (b"2147483648", LONGEST_S),
        (b"99999999999", LONGEST_S),
        (b"9" * 10_000, LONGEST_S),
        (b"", None),
        (b"-1", None),
        (b"+1", None),
        (b"1.0", None),
        (b"1e3", None),
        (b" 1", None),
        ("١".encode(), None),
        (None, None),
    ],
)
def test_seconds_are_digits_and_no_more_than_two_to_the_31(digits: bytes | None, expected: int | None) -> None:
    assert seconds(digits) == expected


@given(st.integers(0, 2**80))
def test_every_number_of_seconds_is_read(number: int) -> None:
    assert seconds(b"%d" % number) == min(number, LONGEST_S)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], 0),
        ([b"30"], 30),
        ([b"7200, 0"], 7200),
        ([b"0, 7200"], 0),
        ([b"7200", b"0"], 7200),
        ([b"99999999999"], LONGEST_S),
        ([b"abc"], 0),
        ([b"-7200"], 0),
        ([b"7200.0"], 0),
        ([b"7200;foo=bar"], 0),
        ([b""], 0),
    ],
)
def test_the_first_age_counts_and_an_invalid_one_does_not(values: list[bytes], expected: int) -> None:
    assert age(values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], ()),
        ([b"Foo"], (b"foo",)),
        ([b"Foo, bar", b"FOO,"], (b"bar", b"foo")),
        ([b""], ()),
        ([b"*"], None),
        ([b"*, *"], None),
        ([b"", b"*"], None),
        ([b", *"], None),
        ([b"Foo, *"], None),
        ([b"two words"], None),
        ([b'"foo"'], None),
    ],
)
def test_vary_gives_the_names_of_all_lines_unless_a_star_or_a_riddle_is_among_them(
    values: list[bytes], expected: tuple[bytes, ...] | None
) -> None:
    assert vary(values) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'"a"', [b'"a"']),
        (b'W/"a", "b" ,"c"', [b'W/"a"', b'"b"', b'"c"']),
        (b'"a, b"', [b'"a, b"']),
        (b'"a\\", "b"', [b'"a\\"', b'"b"']),
        (b"*", [b"*"]),
        (b"abc, def", [b"abc", b"def"]),
        (b"", []),
    ],
)
def test_entity_tags_may_hold_commas_and_backslashes(value: bytes, expected: list[bytes]) -> None:
    assert entity_tags(value) == expected


@pytest.mark.parametrize(
    ("one", "other", "weakly", "strongly"),
    [
        (b'"1"', b'"1"', True, True),
        (b'W/"1"', b'"1"', True, False),
        (b'W/"1"', b'W/"1"', True, False),
        (b'"1"', b'"2"', False, False),
        (b"1", b"1", True, False),
        (b"1", b'"1"', False, False),
    ],
)
def test_entity_tags_compare_as_rfc_9110_section_8_8_3_2_has_it(
    one: bytes, other: bytes, weakly: bool, strongly: bool
) -> None:
    assert (weakly_equal(one, other), weakly_equal(other, one)) == (weakly, weakly)
    assert (strongly_equal(one, other), strongly_equal(other, one)) == (strongly, strongly)


def test_surrogate_keys_stand_apart_by_spaces_and_cache_tags_by_commas() -> None:
    assert tags([b"a b", b"c"], [b"d e, f,"]) == ("a", "b", "c", "d e", "f")


def test_too_many_or_too_long_tags_are_not_cut_but_refused() -> None:
    many = b" ".join(b"%d" % number for number in range(MOST_TAGS))
    assert len(tags([many], []) or ()) == MOST_TAGS
    assert tags([many + b" more"], []) is None
    assert tags([], [b"x" * LONGEST_TAG]) is not None
    assert tags([], [b"x" * (LONGEST_TAG + 1)]) is None
