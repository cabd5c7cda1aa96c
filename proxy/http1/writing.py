"""Message heads as bytes, written afresh from what was understood."""

from __future__ import annotations

from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from proxy.messages import Request
from proxy.runtime import wall_clock

PHRASES: Final = {status.value: status.phrase.encode() for status in HTTPStatus}
_STATUS_LINES: Final = {code: b"HTTP/1.1 %d %b" % (code, phrase) for code, phrase in PHRASES.items()}


def status_line(status: int) -> bytes:
    """Return the status line, without CRLF."""
    return _STATUS_LINES.get(status) or b"HTTP/1.1 %d " % status


def request_head(request: Request, framing: bytes) -> bytes:
    """Return an upstream request head; `framing` is whole lines such as Content-Length's, each with its CRLF."""
    line = request.line or request.request_line()
    first = line + b"Host: " + request.authority.encode("latin-1")
    return b"\r\n".join((first, *request.headers.lines, framing + b"\r\n"))


_date: tuple[int, bytes] = (0, b"")


def date() -> bytes:
    """Return the present as an IMF-fixdate (RFC 9110 §5.6.7), made once a second."""
    global _date
    now = int(wall_clock())
    if _date[0] != now:
        _date = (now, formatdate(now, usegmt=True).encode())
    return _date[1]
