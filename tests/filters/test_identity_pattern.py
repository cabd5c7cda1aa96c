"""Patterns for the names in certificates."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.identity_pattern import matcher, parse_fingerprint

names = st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=1)


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("api.example.com", "api.example.com", True),
        ("api.example.com", "API.Example.COM", True),
        ("api.example.com", "api-example.com", False),
        ("api.example.com", "xapi.example.com", False),
        ("api.example.com", "api.example.com.evil.test", False),
        ("*.example.com", "api.example.com", True),
        ("*.example.com", "a.b.example.com", False),
        ("*.example.com", ".example.com", False),
        ("*.example.com", "example.com", False),
        ("**.example.com", "a.b.example.com", True),
        ("api-*.example.com", "api-7.example.com", True),
        ("*.example.com", "evil.test\n.example.com", False),
    ],
)
def test_a_star_is_one_part_of_a_host_name_and_two_are_any_number(pattern: str, name: str, fits: bool) -> None:
    assert matcher([pattern], ".", any_case=True)(name) is fits


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("spiffe://example.org/ns/*/sa/web", "spiffe://example.org/ns/shop/sa/web", True),
        ("spiffe://example.org/ns/*/sa/web", "spiffe://example.org/ns/a/b/sa/web", False),
        ("spiffe://example.org/**", "spiffe://example.org/ns/a/sa/b", True),
        ("spiffe://example.org/**", "spiffe://example.org.evil.test/ns", False),
        ("spiffe://example.org/Web", "spiffe://example.org/web", False),
    ],
)
def test_the_parts_of_a_uri_are_between_slashes_and_its_case_counts(pattern: str, name: str, fits: bool) -> None:
    assert matcher([pattern], "/")(name) is fits


def test_without_a_separator_a_star_is_anything() -> None:
    fits = matcher(["ada *", "bob"])
    assert [fits(name) for name in ("ada lovelace of example.com", "bob", "bobby", "ada")] == [True, True, False, False]


def test_no_pattern_fits_nothing() -> None:
    assert not matcher([])("")


@settings(deadline=None)
@given(names, names)
def test_a_pattern_without_stars_fits_itself_alone(pattern: str, name: str) -> None:
    assert matcher([pattern], ".")(name) is (pattern == name)


@pytest.mark.parametrize("text", ["ab" * 32, "AB" * 32, ":".join(["aB"] * 32)])
def test_a_fingerprint_is_read_as_tools_print_it(text: str) -> None:
    assert parse_fingerprint(text) == "ab" * 32


@pytest.mark.parametrize("text", ["", "ab" * 31, "ab" * 20, "xy" * 32])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256 fingerprint"):
        parse_fingerprint(text)
