"""Cache-Control."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.cache.directives import SILENT, CacheControl, cache_control
from proxy.cache.fields import LONGEST_S


def read(*values: str) -> CacheControl:
    return cache_control([value.encode("latin-1") for value in values])


def saying(**facts: object) -> CacheControl:
    return replace(SILENT, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("max-age=60", saying(max_age=60)),
        ("MaX-aGe=60", saying(max_age=60)),
        ('max-age="60"', saying(max_age=60)),
        ("s-maxage=1, max-age=003600", saying(s_maxage=1, max_age=3600)),
        ("max-age=99999999999", saying(max_age=LONGEST_S)),
        ("foobar, max-age=60, x=y", saying(max_age=60)),
        ("stale-while-revalidate=5, stale-if-error=6", saying(stale_while_revalidate=5, stale_if_error=6)),
        ("public,must-revalidate ,proxy-revalidate", saying(public=True, must_revalidate=True, proxy_revalidate=True)),
        ("No-StOrE, must-understand", saying(no_store=True, must_understand=True)),
        ("only-if-cached, min-fresh=7", saying(only_if_cached=True, min_fresh=7)),
        ("", SILENT),
    ],
)
def test_directives_are_read_whatever_their_case_and_form(value: str, expected: CacheControl) -> None:
    assert read(value) == expected


def test_directives_of_several_lines_are_one_list() -> None:
    assert read("no-cache", "max-age=1") == saying(no_cache=True, max_age=1)


def test_no_line_says_nothing() -> None:
    assert cache_control([]) is SILENT


@pytest.mark.parametrize("values", [["max-age=1800, max-age=1"], ["max-age=1800", "max-age=1"]])
def test_the_first_of_two_lifetimes_counts(values: list[str]) -> None:
    assert read(*values).max_age == 1800


@pytest.mark.parametrize(
    "argument", ["=-60", "='60'", "=60.0", "=60.5", "=a60", "=60a", " =60", "= 60", "", "=", '=""', '="60', "=60;x"]
)
def test_an_invalid_lifetime_is_none_at_all(argument: str) -> None:
    assert read(f"max-age{argument}").max_age == 0


@pytest.mark.parametrize("value", ['extension="max-age=3600", max-age=1', 'max-age=1, extension="max-age=3600"'])
def test_what_stands_in_a_quoted_string_is_no_directive(value: str) -> None:
    assert read(value).max_age == 1


@pytest.mark.parametrize("value", ['x="a, no-store', "no-store;", "no-store=1", "no-store no-cache", 'x", no-store'])
def test_no_malformed_neighbour_hides_a_prohibition(value: str) -> None:
    assert read(value).no_store


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ('no-cache="Set-Cookie"', {b"set-cookie"}),
        ('no-cache="a, B"', {b"a", b"b"}),
        ('private="a", no-cache="b"', {b"a", b"b"}),
        ("no-cache=a", {b"a"}),
        ('no-cache="\\a"', {b"a"}),
    ],
)
def test_qualified_directives_name_fields_that_are_not_stored(value: str, names: set[bytes]) -> None:
    control = read(value)
    assert control.unstored == names
    assert not control.no_cache
    assert not control.private


@pytest.mark.parametrize("argument", ["", '=""', '="a b"', '="a', "=a b", '="{}"'])
def test_a_qualified_directive_without_a_list_of_names_forbids_all(argument: str) -> None:
    assert read(f"private{argument}").private
    assert read(f"no-cache{argument}").no_cache


def test_the_unqualified_directive_counts_beside_the_qualified_one() -> None:
    assert read('no-cache="a", no-cache').no_cache


@pytest.mark.parametrize(("value", "expected"), [("max-stale", LONGEST_S), ("max-stale=5", 5), ("max-stale=x", 0)])
def test_max_stale_without_a_limit_has_none(value: str, expected: int) -> None:
    assert read(value).max_stale == expected


@given(st.lists(st.binary(max_size=80), max_size=3))
def test_no_bytes_raise(values: list[bytes]) -> None:
    assert isinstance(cache_control(values), CacheControl)


@given(st.text('aA-=," \\', max_size=60), st.text('aA-=, "\\', max_size=60))
def test_no_store_is_found_wherever_it_stands_outside_quoted_strings(before: str, after: str) -> None:
    if before.count('"') == 0 and after.count('"') == 0:
        assert read(f"{before},no-store,{after}").no_store
