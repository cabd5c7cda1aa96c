"""One connection to an origin server: requests out, responses in, strictly one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from proxy.body import Body, StreamBody
from proxy.errors import (
    BadUpstreamResponse,
    ProxyError,
    ResetBeforeHeaders,
    UpstreamCut,
    UpstreamError,
    UpstreamTimeout,
)
from proxy.exchange import Carrier
from proxy.http1 import framing
from proxy.http1.codec import HEAD_END, Fields, parse_response_head
from proxy.http1.framing import LAST_CHUNK, MORE, ChunkedDecoder, CloseDecoder, Decoder, FramingError, LengthDecoder
from proxy.http1.writing import request_head
from proxy.messages import Headers, Request, Response
from proxy.outbox import BatchedProtocol
from proxy.runtime import NEVER, Strand, Sweeper, Waiter, monotonic
from proxy.upstream.settings import Timeouts

if TYPE_CHECKING:
    from proxy.http1.tunnel import Tunnel

MAX_HEAD_BYTES: Final = 64 * 1024
MAX_FIELDS: Final = 200
TRAILER_BYTES: Final = 8 * 1024
CONTINUE_WAIT_S: Final = 1.0
"""How long a body waits for 100 (Continue) from an origin that may never send one (RFC 9110 §10.1.1)."""


class UpstreamConnection(BatchedProtocol):
    """Speaks HTTP/1.1 with one origin server.

    `on_idle` is called when an exchange is over and the connection may serve another, `on_closed` when it is lost.
    """

    __slots__ = (
        "_body",
        "_buffer",
        "_carrier",
        "_decoder",
        "_drained",
        "_head_waiter",
        "_keep_alive",
        "_may_send",
        "_method",
        "_on_closed",
        "_on_idle",
        "_pump",
        "_request_sent",
        "_response_deadline",
        "_response_s",
        "_sweeper",
        "_timeouts",
        "_tunnel",
        "_upgrade",
        "closed",
        "deadline",
        "exchanges",
    )

    def __init__(
        self,
        sweeper: Sweeper,
        on_idle: Callable[[UpstreamConnection], None],
        on_closed: Callable[[UpstreamConnection], None],
    ) -> None:
        super().__init__()
        self._sweeper, self._on_idle, self._on_closed = sweeper, on_idle, on_closed
        self.deadline = NEVER
        self.exchanges = 0
        self.closed = False
        self._buffer = b""
        self._head_waiter: Waiter[Response] | None = None
        self._decoder: Decoder | None = None
        self._body: StreamBody | None = None
        self._method = ""
        self._upgrade: bytes | None = None
        self._carrier: Carrier | None = None
        self._timeouts = Timeouts()
        self._response_s = self._response_deadline = NEVER
        self._keep_alive = True
        self._pump: Strand | None = None
        self._request_sent = True
        self._drained: Waiter[None] | None = None
        self._may_send: Waiter[None] | None = None
        self._tunnel: Tunnel | None = None

    # -- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._sweeper.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._sweeper.remove(self)
        self._on_closed(self)
        if self._tunnel is not None:
            self._tunnel.lost(self)
        elif self._head_waiter is not None:
            self._fail(ResetBeforeHeaders(f"the connection ended before a response: {exc or 'closed'}"))
        elif self._body is not None:
            self._end_of_stream()

    def eof_received(self) -> bool:
        if self._tunnel is not None:
            return self._tunnel.eof(self)
        return False

    def abort(self) -> None:
        """Close at once; whoever waits has been told, or is the one who asks."""
        self.deadline = NEVER
        self.closed = True
        self._head_waiter = None
        self._stop_pump()
        self._transport.abort()

    def close(self) -> None:
        self.closed = True
        self.close_written()

    # -- one exchange

    def exchange(
        self, request: Request, timeouts: Timeouts, response_s: float, carrier: Carrier | None
    ) -> Waiter[Response]:
        """Send a request; what is returned gives the final response as soon as its head is in, or an UpstreamError.

        Its body is whole bytes where it came along, else a stream. Who gives up waiting calls `abort`.
        """
        self.exchanges += 1
        self._method, self._upgrade, self._carrier = request.method, request.upgrade, carrier
        self._timeouts, self._response_s = timeouts, response_s
        waiter: Waiter[Response] = Waiter()
        self._head_waiter = waiter
        if request.body is None and request.upgrade is None:
            self.write(request_head(request, b""))
            first_byte_s = timeouts.first_byte_s
            self.deadline = self._sweeper.now + (first_byte_s if first_byte_s < response_s else response_s)
        else:
            self._send(request)
        return waiter

    def _send(self, request: Request) -> None:
        body = request.body
        if body is None:
            self.write(request_head(request, self._framing_lines(request, b"")))
            self._await_head()
        elif isinstance(body, bytes):
            lines = self._framing_lines(request, b"Content-Length: %d\r\n" % len(body))
            self.write(request_head(request, lines) + body)
            self._await_head()
        else:
            self._request_sent = False
            self._pump = Strand(self._send_stream(request, body))
            self._pump.step()

    def _framing_lines(self, request: Request, length: bytes) -> bytes:
        if request.upgrade is None:
            return length
        return b"%bConnection: Upgrade\r\nUpgrade: %b\r\n" % (length, request.upgrade)

    def _await_head(self) -> None:
        self.deadline = self._sweeper.now + min(self._timeouts.first_byte_s, self._response_s)

    async def _send_stream(self, request: Request, body: Body) -> None:
        """Send head and body at the pace of the slower side, while the response may already be coming."""
        length = body.length
        line = b"Transfer-Encoding: chunked\r\n" if length is None else b"Content-Length: %d\r\n" % length
        if request.expects_continue:
            line += b"Expect: 100-continue\r\n"
        self.write(request_head(request, self._framing_lines(request, line)))
        if request.expects_continue:
            await self._until_continue()
        try:
            await self._send_pieces(body, chunked=length is None)
        except ProxyError as error:
            self._request_failed(error)

    async def _until_continue(self) -> None:
        self._may_send = Waiter()
        self.deadline = monotonic() + CONTINUE_WAIT_S
        await self._may_send
        self.deadline = NEVER

    async def _send_pieces(self, body: Body, *, chunked: bool) -> None:
        left = body.length
        while piece := await body.read():
            if self.closed:
                return
            if left is not None:
                left -= len(piece)
            self.write(framing.chunk(piece) if chunked else piece)
            if self._drained is not None:
                self.deadline = monotonic() + self._timeouts.idle_s
                await self._drained
                self.deadline = NEVER
        if left:
            raise ProxyError("the request body is shorter than announced", reason="short_request_body")
        if chunked:
            self.write(LAST_CHUNK)
        self._request_sent = True
        self._pump = None
        if self._head_waiter is not None:
            self._await_head()
        elif self._body is None and self._tunnel is None:
            self._release()

    def _request_failed(self, error: ProxyError) -> None:
        self._pump = None
        if self._head_waiter is not None:
            self._fail(error)
        self.abort()

    def _stop_pump(self) -> None:
        pump, self._pump = self._pump, None
        if pump is not None:
            pump.cancel()

    # -- what the origin sends

    def data_received(self, data: bytes) -> None:
        if self._body is not None:
            self._body_data(data)
        elif self._tunnel is not None:
            self._tunnel.data(self, data)
        elif self._head_waiter is not None:
            self._head_data(data)
        else:  # Nobody asked: what comes on an idle connection would answer the wrong request.
            self.abort()

    def _head_data(self, data: bytes) -> None:
        if self._buffer:
            data, self._buffer = self._buffer + data, b""
        try:
            while True:
                end = data.find(HEAD_END)
                if end < 0:
                    return self._unfinished_head(data)
                end += 4
                if end > MAX_HEAD_BYTES:
                    raise BadUpstreamResponse("response head too large", reason="head_too_large")
                head, data = (data, b"") if end == len(data) else (data[:end], data[end:])
                version, status, line, fields = parse_response_head(head)
                # A final head may let the next exchange begin inside these calls, so nothing comes after them.
                if status >= 200:
                    response = Response(status, Headers(fields.lines.copy()), b"", line)
                    return self._final_head(response, version, fields, data)
                if status == 101:
                    return self._switch(Response(101, Headers(fields.lines.copy())), fields, data)
                self._interim(status, fields)
                if not data:
                    return None
        except (FramingError, UpstreamError) as error:
            if not isinstance(error, UpstreamError):
                error = BadUpstreamResponse(str(error), reason="bad_framing")
            self._fail(error)
            self.abort()

    def _unfinished_head(self, data: bytes) -> None:
        if len(data) > MAX_HEAD_BYTES:
            raise BadUpstreamResponse("response head too large", reason="head_too_large")
        if not b"HTTP/1.".startswith(data[:7]):
            raise BadUpstreamResponse("this is not HTTP/1", reason="malformed_status_line")
        if data.count(b"\n") != data.count(b"\r\n"):
            raise BadUpstreamResponse("bare LF in the response head", reason="malformed_head")
        self._buffer = data

    def _interim(self, status: int, fields: Fields) -> None:
        if self._response_deadline == NEVER:
            self._response_deadline = monotonic() + self._response_s
        if self._request_sent:
            self.deadline = self._response_deadline
        if status == 100:
            if self._may_send is not None:
                self._may_send.wake(None)
            return
        if self._carrier is not None:
            self._carrier.send_interim(status, Headers(fields.lines.copy()))

    def _final_head(self, response: Response, version: int, fields: Fields, data: bytes) -> None:
        if fields.count > MAX_FIELDS:
            raise BadUpstreamResponse("too many fields in the response head", reason="head_too_large")
        options = fields.options
        self._keep_alive = b"keep-alive" in options if version == 10 else b"close" not in options
        if fields.length == len(data) and data and self._method != "HEAD" and response.status not in framing.BODYLESS:
            response.body = data  # All in one piece, as small answers come.
            self._finish_with(response, 0)
            return
        decoder = self._decoder_for(response, version, fields)
        if decoder is None:
            self._finish_with(response, len(data))
            return
        piece, end = decoder.decode(data) if data else (b"", MORE)
        if end != MORE:
            response.body = piece
            self._finish_with(response, len(data) - end)
            return
        self._body = body = StreamBody(self, fields.length)
        self._decoder = decoder
        response.body = body
        self.deadline = monotonic() + self._timeouts.idle_s
        if piece:
            body.feed(piece)
        self._deliver(response)

    def _decoder_for(self, response: Response, version: int, fields: Fields) -> Decoder | None:
        """Choose how the body ends (RFC 9112 §6.3), None where none follows."""
        length = fields.length
        if self._method == "HEAD" or response.status in framing.BODYLESS:
            response.content_length = length if response.status != 204 else None
            return None
        if fields.chunked:
            if version == 10:
                raise FramingError("Transfer-Encoding in HTTP/1.0")
            return ChunkedDecoder(TRAILER_BYTES)
        if length is None:
            self._keep_alive = False
            return CloseDecoder()
        return LengthDecoder(length) if length else None

    def _finish_with(self, response: Response, surplus_bytes: int) -> None:
        if surplus_bytes:
            self._keep_alive = False
        waiter, self._head_waiter = self._head_waiter, None
        if self._keep_alive and self._request_sent:
            self._on_idle(self)
        else:
            self._over()
        if waiter is not None:
            waiter.wake(response)

    def _deliver(self, response: Response) -> None:
        waiter, self._head_waiter = self._head_waiter, None
        if waiter is not None:
            waiter.wake(response)

    def _body_data(self, data: bytes) -> None:
        body, decoder = self._body, self._decoder
        assert body is not None
        assert decoder is not None
        try:
            piece, end = decoder.decode(data)
        except FramingError as error:
            self._break_body(UpstreamCut(str(error), reason="bad_framing"))
            return
        if end == MORE:
            if self.deadline != NEVER:
                self.deadline = monotonic() + self._timeouts.idle_s
            if piece:
                body.feed(piece)
            return
        if end < len(data):
            self._keep_alive = False
        if piece:
            body.feed(piece)
        if self._body is body:  # The reader may have given up while it was fed.
            self._body = None
            self._over()
            body.finish()

    def _end_of_stream(self) -> None:
        """Judge a body by how its framing ends when the connection does."""
        body, decoder = self._body, self._decoder
        assert body is not None
        self._body = None
        self._stop_pump()
        if decoder is not None and decoder.at_eof():
            body.finish()
        else:
            body.fail(UpstreamCut("the origin closed the connection in mid-body"))

    def _break_body(self, error: ProxyError) -> None:
        body, self._body = self._body, None
        self._stop_pump()
        self.abort()
        if body is not None:
            body.fail(error)

    # -- the end of an exchange

    def _over(self) -> None:
        """The response is whole: give the connection back once the request is, too."""
        self.deadline = NEVER
        if self._request_sent:
            self._release()
        else:  # Answered before the upload was over, so the rest is unwanted.
            self._stop_pump()
            self.abort()

    def _release(self) -> None:
        if self._keep_alive and not self.closed:
            self._on_idle(self)
        else:
            self.close()

    def _fail(self, error: ProxyError) -> None:
        waiter, self._head_waiter = self._head_waiter, None
        self.deadline = NEVER
        self._stop_pump()
        if waiter is not None:
            waiter.throw(error)

    # -- protocol switch

    def _switch(self, response: Response, fields: Fields, data: bytes) -> None:
        if self._upgrade is None or not fields.upgrades or b"upgrade" not in fields.options:
            raise BadUpstreamResponse("101 that nobody asked for", reason="unasked_101")
        if fields.upgrades[0].lower() != self._upgrade.lower():
            raise BadUpstreamResponse("101 to another protocol than asked for", reason="unasked_101")
        self.deadline = NEVER
        self._buffer = data
        self._transport.pause_reading()
        self._deliver(response)

    def start_tunnel(self, tunnel: Tunnel) -> bytes:
        """Hand the connection to a tunnel after a 101; returns what has arrived already."""
        self._tunnel = tunnel
        early, self._buffer = self._buffer, b""
        return early

    # -- flow control and deadlines

    def pause_body(self) -> None:
        self.deadline = NEVER
        if not self.closed:
            self._transport.pause_reading()

    def resume_body(self) -> None:
        if not self.closed and self._body is not None:
            self.deadline = monotonic() + self._timeouts.idle_s
        if not self.closed:
            self._transport.resume_reading()

    def abandon_body(self) -> None:
        """Nobody will read the rest: the connection can't be used again."""
        self._body = None
        self._stop_pump()
        self.abort()

    def pause_writing(self) -> None:
        if self._tunnel is not None:
            self._tunnel.pause(self)
        self._drained = Waiter()

    def resume_writing(self) -> None:
        if self._tunnel is not None:
            self._tunnel.resume(self)
        drained, self._drained = self._drained, None
        if drained is not None:
            drained.wake(None)

    def on_deadline(self, now: float) -> None:
        self.deadline = NEVER
        if self._may_send is not None and not self._may_send.done():
            self._may_send.wake(None)
        elif self._head_waiter is not None:
            self._fail(UpstreamTimeout("no final response head in time", reason="response_timeout"))
            self.abort()
        elif self._body is not None:
            self._break_body(UpstreamTimeout("the response body stalled", reason="body_timeout"))
        elif not self._request_sent:
            self.abort()
        else:
            self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "head" if self._head_waiter else "body" if self._body else "idle"
        return f"<UpstreamConnection {state} exchanges={self.exchanges}>"
