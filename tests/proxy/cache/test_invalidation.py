"""What an unsafe method makes invalid (RFC 9111 §4.4)."""

import pytest
from kit.received import URL, requesting, responding

from proxy.cache.invalidation import SAFE, invalidated


def invalid_after(method: str, *lines: str, status: int = 200) -> list[str]:
    return invalidated(requesting(method=method), responding(*lines, status=status), URL)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "M-SEARCH", "get"])
@pytest.mark.parametrize("status", [200, 204, 303])
def test_a_method_that_is_not_known_to_be_safe_invalidates_its_url(method: str, status: int) -> None:
    assert invalid_after(method, status=status) == [URL]


@pytest.mark.parametrize("method", sorted(SAFE))
def test_safe_methods_invalidate_nothing(method: str) -> None:
    assert invalid_after(method, "Location: /other") == []


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_an_error_invalidates_nothing(status: int) -> None:
    assert invalid_after("POST", "Location: /other", status=status) == []


def test_what_the_answer_names_on_the_same_origin_is_invalid_too() -> None:
    assert invalid_after("POST", "Location: /new", "Content-Location: sub?x=1") == [
        URL,
        "http://example.com/new",
        "http://example.com/sub?x=1",
    ]


def test_nobody_invalidates_what_is_anothers() -> None:
    assert invalid_after("POST", "Location: http://other.example/page", "Content-Location: //evil/") == [URL]


def test_each_url_is_named_once() -> None:
    assert invalid_after("PUT", "Location: /page", f"Content-Location: {URL}") == [URL]
