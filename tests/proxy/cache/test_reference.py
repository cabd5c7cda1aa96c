"""URLs that fields of a response name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.cache.reference import same_origin_url

URL = "http://example.com/a/page?x=1"


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (b"/b", "http://example.com/b"),
        (b"b?y#z", "http://example.com/a/b?y"),
        (b"../c", "http://example.com/c"),
        (b"?y", "http://example.com/a/page?y"),
        (b"", URL),
        (b"http://example.com", "http://example.com/"),
        (b"HTTP://EXAMPLE.com:80/%7Ea/./b", "http://example.com/~a/b"),
        (b"//example.com/b", "http://example.com/b"),
    ],
)
def test_a_reference_within_the_origin_is_resolved_and_spelt_as_the_cache_does(reference: bytes, expected: str) -> None:
    assert same_origin_url(URL, reference) == expected


@pytest.mark.parametrize(
    "reference",
    [
        b"http://other.example/b",
        b"https://example.com/b",
        b"http://example.com:8080/b",
        b"//other.example/b",
        b"http://example.com:x/b",
        b"http://[::1/b",
        b"mailto:a@example.com",
        b"/%zz",
    ],
)
def test_any_other_leads_nowhere(reference: bytes) -> None:
    assert same_origin_url(URL, reference) is None


def test_ports_of_the_origin_are_kept() -> None:
    assert same_origin_url("http://example.com:8080/a", b"/b") == "http://example.com:8080/b"


@given(st.binary(max_size=60))
def test_no_bytes_raise_or_leave_the_origin(reference: bytes) -> None:
    found = same_origin_url(URL, reference)
    assert found is None or found.startswith("http://example.com/")
