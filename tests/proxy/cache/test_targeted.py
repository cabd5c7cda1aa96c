"""CDN-Cache-Control as a Structured Field."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.cache.directives import SILENT, CacheControl
from proxy.cache.fields import LONGEST_S
from proxy.cache.targeted import targeted_control


def read(*values: str) -> CacheControl | None:
    return targeted_control([value.encode("latin-1") for value in values])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("max-age=60", replace(SILENT, max_age=60)),
        (" max-age=60 ", replace(SILENT, max_age=60)),
        ("max-age=99999999999", replace(SILENT, max_age=LONGEST_S)),
        ("max-age=60;q=1;x, no-store", replace(SILENT, max_age=60, no_store=True)),
        ("foobar, max-age=60", replace(SILENT, max_age=60)),
        ("max-age=1, max-age=60", replace(SILENT, max_age=60)),
        ("max-age=-5", replace(SILENT, max_age=0)),
        ("no-store=?0, private=?1", replace(SILENT, private=True)),
        ('no-cache="a, b"', replace(SILENT, unstored=frozenset((b"a", b"b")))),
        (
            'a=1.5, b=:YQ==:, c=(1 "x" y;z=1), d=@1659578233, e=%"f%c3%bc", f=tok/en:1, g=?1;h, public',
            replace(SILENT, public=True),
        ),
        ("private=(a b)", replace(SILENT, private=True)),
    ],
)
def test_a_valid_dictionary_is_read(value: str, expected: CacheControl) -> None:
    assert read(value) == expected


def test_lines_are_one_dictionary() -> None:
    assert read("max-age=1", "public") == replace(SILENT, max_age=1, public=True)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "max-age=10, &&&&&",
        'max-age="10"',
        "max-age=10.5",
        "max-age",
        "max-age=ten",
        "max-age =10",
        "max-age= 10",
        "MaX-aGe=10",
        "max-age=10,",
        ",max-age=10",
        "max-age=10 public",
        "max-age=1234567890123456",
        "max-age=10, x=1.2345",
        'max-age=10, x="a',
        'max-age=10, x="\\a"',
        "max-age=10, x=(1",
        "max-age=10, x=(1(2))",
        "max-age=10, x=?2",
        "max-age=10, x=",
        "max-age=10, x='a'",
        "max-age=10, x=\xfc",
        "max-age=10\tpublic",
    ],
)
def test_what_is_no_valid_dictionary_or_an_empty_one_counts_for_nothing(value: str) -> None:
    assert read(value) is None


def test_a_missing_field_counts_for_nothing() -> None:
    assert targeted_control([]) is None


@given(st.lists(st.binary(max_size=80), max_size=3))
def test_no_bytes_raise(values: list[bytes]) -> None:
    assert targeted_control(values) is None or isinstance(targeted_control(values), CacheControl)


@given(st.text('a=1.;,() "\\?:*', max_size=200))
def test_no_dictionary_is_slow(value: str) -> None:
    read(value)


def test_long_lists_take_time_in_proportion_to_their_length() -> None:
    assert read("max-age=1, a=(" + "1 " * 20_000) is None
    assert read("max-age=1" + ";a" * 20_000) == replace(SILENT, max_age=1)


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_every_integer_is_read(number: int) -> None:
    assert read(f"max-age={number}") == replace(SILENT, max_age=min(max(number, 0), LONGEST_S))
