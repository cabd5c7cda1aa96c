"""Asks the origin whether a stored response still holds (RFC 9111 §4.3)."""

from __future__ import annotations

from proxy.cache.asked import CONDITIONAL
from proxy.cache.fields import strongly_equal, weakly_equal
from proxy.cache.stored import Stored
from proxy.messages import Response

__all__ = ["CONDITIONAL", "confirms", "is_the_same", "validators"]


def validators(stored: Stored) -> list[tuple[bytes, bytes]]:
    """Return the lines that make a request conditional (§4.3.1), each with its lower-case name; none if it has none."""
    lines = []
    if stored.etag is not None:
        lines.append((b"if-none-match", b"If-None-Match: " + stored.etag))
    if stored.last_modified is not None:
        lines.append((b"if-modified-since", b"If-Modified-Since: " + stored.last_modified))
    return lines


def confirms(stored: Stored, not_modified: Response) -> bool:
    """Tell whether a 304 speaks of this stored response (§4.3.4): one with another entity tag does not.

    A 304 without any does, for it answers a condition that named this one.
    """
    etag = not_modified.headers.find(b"etag")
    return etag is None or stored.etag is None or weakly_equal(etag, stored.etag)


def is_the_same(stored: Stored, response: Response) -> bool:
    """Tell whether a response has the very bytes that are stored: by a strong entity tag alone (RFC 9110 §8.8.1)."""
    etag = response.headers.find(b"etag")
    same = stored.etag is not None and etag is not None and strongly_equal(etag, stored.etag)
    return same and response.status == stored.status
