"""Asks the origin whether a stored response still holds (RFC 9111 §4.3)."""

from __future__ import annotations

from proxy.cache.asked import CONDITIONAL
from proxy.cache.fields import weakly_equal
from proxy.cache.stored import Stored
from proxy.messages import Response

__all__ = ["CONDITIONAL", "confirms", "validators"]


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
