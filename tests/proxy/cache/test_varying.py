"""Which stored response a request selects (RFC 9111 §4.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.received import headers, kept, requesting

from proxy.cache.rfc9111 import matches, selected


def same(name: str, one: list[str], other: list[str]) -> bool:
    """Tell whether requests with these lines of one field select the same response."""
    stored = kept("Cache-Control: max-age=60", f"Vary: {name}", request=requesting(*[f"{name}: {v}" for v in one]))
    return matches(stored, headers(*[f"{name}: {value}" for value in other]))


def test_without_vary_every_request_matches() -> None:
    assert matches(kept("Cache-Control: max-age=60"), headers("Foo: 1"))


@pytest.mark.parametrize(
    ("one", "other"),
    [(["1"], ["1"]), (["1, 2"], ["1", "2"]), (["1,2"], ["1 ,\t2"]), ([], []), ([""], [""]), (['"a, b"'], ['"a, b"'])],
)
def test_lines_are_one_list_and_spaces_around_its_commas_say_nothing(one: list[str], other: list[str]) -> None:
    assert same("Foo", one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["1"], ["2"]),
        (["1"], []),
        ([], ["1"]),
        ([], [""]),
        ([""], []),
        (["1, 2"], ["2, 1"]),
        (["a"], ["A"]),
        (["1,,2"], ["1,2"]),
        (["1 2"], ["12"]),
        (['"a, b"'], ['"a,b"']),
    ],
)
def test_everything_else_in_an_unknown_field_counts(one: list[str], other: list[str]) -> None:
    assert not same("Foo", one, other)


@pytest.mark.parametrize("name", ["Accept-Language", "Accept-Encoding", "Accept-Charset"])
def test_order_and_case_say_nothing_where_weights_do(name: str) -> None:
    assert same(name, ["en, de;q=0.5"], [" dE; q=0.5 ,EN"])
    assert not same(name, ["en, de;q=0.5"], ["en;q=0.5, de"])


def test_a_space_inside_a_word_counts_for_an_origin_does_not_know_that_word() -> None:
    assert not same("Accept-Language", ["d e"], ["de"])
    assert not same("Accept-Encoding", ["gz ip;q=1"], ["gzip;q=1"])


def test_a_long_row_of_spaces_takes_time_in_proportion_to_its_length() -> None:
    row = " " * 30_000
    assert same("Accept-Language", [f"de{row};{row}q=1{row},en"], ["de;q=1,en"])


@pytest.mark.parametrize("name", ["Cookie", "User-Agent", "Authorization", "Referer"])
def test_what_is_no_list_is_compared_as_it_is(name: str) -> None:
    assert same(name, ["a,b", "c"], ["a,b", "c"])
    assert not same(name, ["a,b"], ["a, b"])
    assert not same(name, ["a", "b"], ["a"])


def test_all_fields_must_match() -> None:
    stored = kept("Cache-Control: max-age=60", "Vary: Foo, Bar", "Vary: baz", request=requesting("Foo: 1", "Bar: 2"))
    assert stored.vary == (b"bar", b"baz", b"foo")
    assert stored.variant == (b"2", None, b"1")
    assert matches(stored, headers("bar: 2", "foo: 1", "Other: 3"))
    assert not matches(stored, headers("bar: 2", "foo: 1", "Baz: 3"))
    assert not matches(stored, headers("foo: 1"))


@given(st.lists(st.text('aB1 ,\t"=;q.', max_size=20).map(lambda value: value.strip(" \t")), max_size=4))
def test_the_spelling_is_a_fixed_point(values: list[str]) -> None:
    for name in ("foo", "accept-language"):
        (spelt,) = selected((name.encode(),), headers(*[f"{name}: {value}" for value in values]))
        assert (spelt is None) == (not values)
        if spelt is not None:
            assert selected((name.encode(),), headers(f"{name}: {spelt.decode()}")) == (spelt,)
