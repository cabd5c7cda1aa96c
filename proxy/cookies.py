"""The request's cookies (RFC 6265 §5.4)."""

from __future__ import annotations

from proxy.messages import Headers


def find_cookie(headers: Headers, name: bytes) -> bytes | None:
    """Return the first cookie of the name, as sent; names are case-sensitive, quotes are part of the value."""
    for line in headers.values(b"cookie"):
        if name in line:
            for part in line.split(b";"):
                key, equals, found = part.partition(b"=")
                if equals and key.strip(b" \t") == name:
                    return found.strip(b" \t")
    return None
