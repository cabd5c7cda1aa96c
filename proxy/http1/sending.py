"""An answer on its way to an HTTP/1 client: how its body is framed, and its bytes."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final, Protocol

from proxy.body import Body
from proxy.errors import ClientGone, UpstreamCut
from proxy.exchange import Exchange
from proxy.http1.framing import BODYLESS, LAST_CHUNK, chunk
from proxy.http1.writing import date, status_line
from proxy.local_answer import local_answer
from proxy.messages import Headers, Response
from proxy.outbox import JOINED_BYTES

_CLOSE: Final = b"Connection: close\r\n"
_KEEP_ALIVE: Final = b"Connection: keep-alive\r\n"


class Sink(Protocol):
    """The client's connection, as the one who sends sees it."""

    persistent: bool

    @property
    def gone(self) -> bool:
        """Whether the client has left."""

    def write(self, data: bytes) -> None: ...
    def drained(self) -> Awaitable[None] | None:
        """Return what to await before more is written, None where nothing holds it up."""


def send(sink: Sink, exchange: Exchange, response: Response) -> Awaitable[None] | None:
    """Send one final answer, clearing `sink.persistent` if only its end can end the body.

    Returns what to await while a streamed body is sent; that raises what breaks the body after the head is out.
    """
    body = response.body
    if exchange.request.to_head or response.status in BODYLESS:
        _send_head_only(sink, exchange, response)
    elif isinstance(body, bytes):
        exchange.sent_bytes = len(body)
        send_whole(sink, _head(sink, exchange, response, b"Content-Length: %d\r\n" % len(body)), body)
    else:
        return _send_stream(sink, exchange, response, body)
    return None


def _head(sink: Sink, exchange: Exchange, response: Response, framing: bytes) -> bytes:
    if not sink.persistent:
        framing += _CLOSE
    elif exchange.request.version == 10:
        framing += _KEEP_ALIVE
    first = response.status_line
    if first is None:
        first = status_line(response.status)
        if response.headers.find(b"date") is None:
            framing += b"Date: %b\r\n" % date()  # RFC 9110 §6.6.1, for what was made here
    return b"\r\n".join((first, *response.headers.lines, framing + b"\r\n"))


def _send_head_only(sink: Sink, exchange: Exchange, response: Response) -> None:
    body, length = response.body, response.content_length
    if isinstance(body, bytes):
        if body and length is None and response.status not in (204, 304):
            length = len(body)  # HEAD of what was made here
    else:
        length = body.length if length is None and response.status not in (204, 304) else length
        body.discard()
    framing = b"" if length is None or response.status == 204 else b"Content-Length: %d\r\n" % length
    sink.write(_head(sink, exchange, response, framing))


async def _send_stream(sink: Sink, exchange: Exchange, response: Response, body: Body) -> None:
    left, chunked = body.length, False
    if left is not None:
        framing = b"Content-Length: %d\r\n" % left
    elif exchange.request.version == 11:
        framing, chunked = b"Transfer-Encoding: chunked\r\n", True
    else:
        framing, sink.persistent = b"", False
    head = _head(sink, exchange, response, framing)
    if not body.ready:  # An event stream's first event may be a long time coming.
        sink.write(head)
        head = b""
    try:
        while piece := await body.read():
            if sink.gone:
                raise ClientGone("the client left in mid-body")
            if left is not None:
                left -= len(piece)
                if left < 0:
                    raise UpstreamCut("the body is longer than announced", reason="body_length")
            exchange.sent_bytes += len(piece)
            if chunked:
                piece = chunk(piece)
            sink.write(head + piece if head else piece)
            head = b""
            wait = sink.drained()
            if wait is not None:
                await wait
    except BaseException:
        body.discard()
        raise
    if left:
        raise UpstreamCut("the body is shorter than announced", reason="body_length")
    sink.write(head + LAST_CHUNK if chunked else head)


def send_whole(sink: Sink, head: bytes, body: bytes) -> None:
    """Send a head, with its empty line, and the body that is all there."""
    if len(body) > JOINED_BYTES:
        sink.write(head)
        sink.write(body)
    else:
        sink.write(head + body)


def refusal(status: int, exchange_id: str) -> bytes:
    """Return a whole answer for a request that never became an exchange; the connection ends after it."""
    answer = local_answer(status, exchange_id, {})
    body = answer.body
    assert isinstance(body, bytes)
    framing = b"Content-Length: %d\r\n%b\r\n" % (len(body), _CLOSE)
    return b"\r\n".join((status_line(status), *answer.headers.lines, framing)) + body


def interim(status: int, headers: Headers) -> bytes:
    """Return a 1xx answer (RFC 9110 §15.2)."""
    return b"\r\n".join((status_line(status), *headers.lines, b"\r\n"))


def switch_head(response: Response, protocol: bytes) -> bytes:
    """Return the head of a 101, after which the connection is a tunnel."""
    upgrade = b"Connection: Upgrade\r\nUpgrade: %b\r\n\r\n" % protocol
    return b"\r\n".join((status_line(101), *response.headers.lines, upgrade))
