"""Cache-Status (RFC 9211)."""

import math

import pytest

from proxy.cache.status import forward_line, hit_line


@pytest.mark.parametrize(
    ("ttl", "detail", "expected"),
    [
        (30.9, None, b"Cache-Status: penstock; hit; ttl=30"),
        (-5.0, "unreachable", b"Cache-Status: penstock; hit; ttl=-5; detail=unreachable"),
        (-math.inf, None, b"Cache-Status: penstock; hit"),
    ],
)
def test_a_hit_tells_how_long_it_is_fresh(ttl: float, detail: str | None, expected: bytes) -> None:
    assert hit_line(ttl, detail) == expected


def test_a_miss_tells_what_was_asked_and_done() -> None:
    assert forward_line("uri-miss", 200, stored=True, collapsed=True, ttl=60.0, detail="x") == (
        b"Cache-Status: penstock; fwd=uri-miss; fwd-status=200; stored; collapsed; ttl=60; detail=x"
    )


def test_what_did_not_happen_is_not_told() -> None:
    assert forward_line("stale", None, stored=False, collapsed=False) == b"Cache-Status: penstock; fwd=stale"
