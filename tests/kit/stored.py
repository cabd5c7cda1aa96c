"""Stored responses for tests that care where one lies, not what it says."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from proxy.cache.stored import Stored


def stored_response(
    key: str = "http://example.com/  site",
    *,
    lines: Iterable[bytes] = (b"Content-Type: text/plain",),
    body: bytes = b"body",
    vary: tuple[bytes, ...] = (),
    variant: tuple[bytes | None, ...] = (),
    keep_until: float = inf,
) -> Stored:
    """Return one that is fresh for ever from the year 1970 on; its key begins with its URL."""
    url = key.partition(" ")[0]
    return Stored(
        key, url, 200, b"HTTP/1.1 200 OK", list(lines), 0.0, inf, keep_until, body=body, vary=vary, variant=variant
    )
