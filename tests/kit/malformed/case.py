"""What a case of the table of malformed requests says."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Fate(Enum):
    """What may become of a request."""

    REFUSED = "answered with a status, closed, and the origin receives not a byte"
    BROKEN = "answered with a status, closed, and the origin receives at most a request that never ends"
    SERVED = "harmless: the origin receives exactly one well-formed request"


@dataclass(frozen=True, slots=True)
class Case:
    """One request, as bytes, and what must become of it.

    Of a served one: `target` and `body` as the origin must receive them, `fields` that must come once with this value
    (None: must not come).
    """

    name: str
    sent: bytes
    fate: Fate
    statuses: frozenset[int] = frozenset({200})
    target: str = "/"
    body: bytes = b""
    fields: dict[str, str | None] = field(default_factory=dict)


def refused(name: str, sent: bytes, *statuses: int) -> Case:
    return Case(name, sent, Fate.REFUSED, frozenset(statuses or {400}))


def broken(name: str, sent: bytes, *statuses: int) -> Case:
    return Case(name, sent, Fate.BROKEN, frozenset(statuses or {400}))


def served(name: str, sent: bytes, *, target: str = "/", body: bytes = b"", **fields: str | None) -> Case:
    """State what the origin receives; in names of fields `_` stands for a hyphen, `__` for itself."""
    named = {name.replace("__", "\0").replace("_", "-").replace("\0", "_"): value for name, value in fields.items()}
    return Case(name, sent, Fate.SERVED, target=target, body=body, fields=named)


def lines(*head: bytes, body: bytes = b"") -> bytes:
    """Join the lines of a head as they stand, end it, and append the body."""
    return b"\r\n".join([*head, b"", b""]) + body


GET = b"GET / HTTP/1.1"
POST = b"POST / HTTP/1.1"
HOST = b"Host: example.test"
CHUNKED = b"Transfer-Encoding: chunked"


def with_field(line: bytes) -> bytes:
    """A GET with one more field line."""
    return lines(GET, HOST, line)


def with_length(*values: bytes) -> bytes:
    """A POST of five bytes with these Content-Length lines."""
    return lines(POST, HOST, *(b"Content-Length: " + value for value in values), body=b"hello")


def with_coding(*values: bytes, start: bytes = POST) -> bytes:
    """A chunked POST with these Transfer-Encoding lines."""
    return lines(start, HOST, *(b"Transfer-Encoding: " + value for value in values), body=WHOLE)


def chunked(body: bytes) -> bytes:
    """A POST with a proper chunked head and this as its body's bytes."""
    return lines(POST, HOST, CHUNKED, body=body)


WHOLE = b"5\r\nhello\r\n0\r\n\r\n"


def with_target(target: bytes, method: bytes = b"GET") -> bytes:
    return lines(method + b" " + target + b" HTTP/1.1", HOST)


def with_host(value: bytes) -> bytes:
    return lines(GET, b"Host: " + value)
