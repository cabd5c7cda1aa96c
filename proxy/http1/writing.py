"""Message heads as bytes, written afresh from what was understood."""

from __future__ import annotations

from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from proxy.http1.codec import FRAMING_NAMES
from proxy.messages import Headers, Request
from proxy.runtime import wall_clock

PHRASES: Final = {status.value: status.phrase.encode() for status in HTTPStatus}
_STATUS_LINES: Final = {code: b"HTTP/1.1 %d %b" % (code, phrase) for code, phrase in PHRASES.items()}


def status_line(status: int) -> bytes:
    """Return the status line, without CRLF."""
    return _STATUS_LINES.get(status) or b"HTTP/1.1 %d " % status


def own_lines(headers: Headers) -> list[bytes]:
    """Return the lines to write. Whatever a filter put there, fields of the connection are not among them."""
    if headers.edited:
        for name in FRAMING_NAMES.intersection(headers.names()):
            headers.drop(name)
    return headers.lines


def request_head(request: Request, framing: bytes) -> bytes:
    """Return an upstream request head; `framing` is whole lines such as Content-Length's, each with its CRLF."""
    first = b"%bHost: %b" % (request.request_line(), request.authority.encode("latin-1"))
    return b"\r\n".join((first, *own_lines(request.headers), framing + b"\r\n"))


_date: tuple[int, bytes] = (0, b"")


def date() -> bytes:
    """Return the present as an IMF-fixdate (RFC 9110 §5.6.7), made once a second."""
    global _date
    now = int(wall_clock())
    if _date[0] != now:
        _date = (now, formatdate(now, usegmt=True).encode())
    return _date[1]
