"""One connection to an origin server: requests out, responses in, strictly one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from proxy.body import StreamBody
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
from proxy.http1.framing import MORE, Decoder, FramingError
from proxy.http1.upload import Upload
from proxy.http1.writing import request_head
from proxy.messages import Headers, Request, Response
from proxy.outbox import BatchedProtocol
from proxy.runtime import NEVER, Sweeper, Waiter, monotonic
from proxy.upstream.settings import Timeouts

if TYPE_CHECKING:
    from proxy.http1.tunnel import Tunnel

MAX_HEAD_BYTES: Final = 64 * 1024
MAX_FIELDS: Final = 200
TRAILER_BYTES: Final = 8 * 1024


class UpstreamConnection(BatchedProtocol):
    """Speaks HTTP/1.1 with one origin server.

    `on_idle` is called when an exchange is over and the connection may serve another, `on_closed` when it is lost.
    """

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
        self._full = self.counted = False
        self._upload: Upload | None = None
        self._tunnel: Tunnel | None = None

    # -- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._sweeper.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        aborted, self.closed = self.closed, True
        self._sweeper.remove(self)
        self._on_closed(self)
        if self._tunnel is not None:
            self._tunnel.lost(self)
        elif self._head_waiter is not None:
            self._fail(ResetBeforeHeaders(f"the connection ended before a response: {exc or 'closed'}"))
        elif self._body is not None:
            self._end_of_stream(clean=exc is None and not aborted)

    def eof_received(self) -> bool:
        return self._tunnel is not None and self._tunnel.eof(self)

    def abort(self) -> None:
        """Close at once; whoever waits has been told, or is the one who asks."""
        self.deadline = NEVER
        self.closed = True
        self._head_waiter = None
        self._stop_upload()
        self._transport.abort()

    def close(self) -> None:
        self.closed = True
        self.close_written()
        self.deadline = monotonic() + self._timeouts.idle_s

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
        now = self._sweeper.now
        self._response_deadline = now + response_s
        if request.body is None and request.upgrade is None:
            first_byte_s = timeouts.first_byte_s
            self.deadline = now + (first_byte_s if first_byte_s < response_s else response_s)
            self.write(request_head(request, b""))
        else:
            self._send(request)
        return waiter

    def _send(self, request: Request) -> None:
        body = request.body
        lines = b"" if request.upgrade is None else b"Connection: Upgrade\r\nUpgrade: %b\r\n" % request.upgrade
        if body is None or isinstance(body, bytes):
            if body is not None:
                lines += b"Content-Length: %d\r\n" % len(body)
            self.write(request_head(request, lines) + (body or b""))
            self._await_head()
            return
        if body.length is None:
            lines += b"Transfer-Encoding: chunked\r\n"
        else:
            lines += b"Content-Length: %d\r\n" % body.length
        if request.expects_continue:
            lines += b"Expect: 100-continue\r\n"
        self.write(request_head(request, lines))
        self.deadline = NEVER  # The upload's: not the one that it idled under.
        self._upload = Upload(self, body, expects_continue=request.expects_continue)
        self._upload.start()

    def _await_head(self) -> None:
        """Start the clock of the response, now that the origin has the whole request."""
        now = self._sweeper.now
        self._response_deadline = now + self._response_s
        self.deadline = min(now + self._timeouts.first_byte_s, self._response_deadline)

    # -- what its upload asks

    def watch_upload(self, for_s: float | None) -> None:
        self.deadline = monotonic() + (self._timeouts.idle_s if for_s is None else for_s)

    def unwatch_upload(self) -> None:
        self.deadline = NEVER if self._body is None or self._body.paused else monotonic() + self._timeouts.idle_s

    def upload_ended(self) -> None:
        self._upload = None
        if self._head_waiter is not None:
            self._await_head()

    def upload_failed(self, error: ProxyError) -> None:
        self._upload = None
        self._fail(error)
        self.abort()

    def _stop_upload(self) -> None:
        upload, self._upload = self._upload, None
        if upload is not None:
            upload.cancel()

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
                error = BadUpstreamResponse(str(error), reason="framing")
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
        if self._upload is None:
            self.deadline = self._response_deadline
        if status == 100:
            if self._upload is not None:
                self._upload.permit()
        elif self._carrier is not None:
            self._carrier.send_interim(status, Headers(fields.lines.copy()))

    def _final_head(self, response: Response, version: int, fields: Fields, data: bytes) -> None:
        if fields.count > MAX_FIELDS:
            raise BadUpstreamResponse("too many fields in the response head", reason="head_too_large")
        options = fields.options
        self._keep_alive = b"keep-alive" in options if version == 10 else b"close" not in options
        if fields.length == len(data) and data and self._method != "HEAD" and response.status not in framing.BODYLESS:
            response.body = data  # All in one piece, as small answers come.
            self._deliver(response, whole=True)
            return
        if self._method == "HEAD" or response.status in framing.BODYLESS:
            response.content_length = fields.length if response.status != 204 else None
            self._keep_alive = self._keep_alive and not data
            self._deliver(response, whole=True)
            return
        decoder = framing.response_decoder(version, fields.length, chunked=fields.chunked, trailer_bytes=TRAILER_BYTES)
        self._keep_alive = self._keep_alive and not isinstance(decoder, framing.CloseDecoder)
        piece, end = decoder.decode(data)
        if end != MORE:
            response.body = piece
            self._keep_alive = self._keep_alive and end == len(data)
            self._deliver(response, whole=True)
            return
        self._body = body = StreamBody(self, fields.length)
        self._decoder = decoder
        response.body = body
        self.deadline = monotonic() + self._timeouts.idle_s
        if piece:
            body.feed(piece)
        self._deliver(response, whole=False)

    def _deliver(self, response: Response, *, whole: bool) -> None:
        """Hand over the response; what it wakes may begin the next exchange, so a whole one is put behind us first."""
        waiter, self._head_waiter = self._head_waiter, None
        if whole:
            self._over()
        if waiter is not None:
            waiter.wake(response)

    def _body_data(self, data: bytes) -> None:
        body, decoder = self._body, self._decoder
        assert body is not None
        assert decoder is not None
        try:
            piece, end = decoder.decode(data)
        except FramingError as error:
            self._break_body(UpstreamCut(str(error), reason="framing"))
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

    def _end_of_stream(self, *, clean: bool) -> None:
        """Judge a body by how its framing ends when the connection does."""
        body, decoder = self._body, self._decoder
        assert body is not None
        self._body = None
        self._stop_upload()
        if clean and decoder is not None and decoder.at_eof():
            body.finish()
        else:
            body.fail(UpstreamCut("the origin closed the connection in mid-body"))

    def _break_body(self, error: ProxyError) -> None:
        body, self._body = self._body, None
        self.abort()
        if body is not None:
            body.fail(error)

    # -- the end of an exchange

    def _over(self) -> None:
        """The response is whole: give the connection back once the request is, too."""
        self.deadline = NEVER
        if self._upload is not None:  # Answered before it was over, so the rest is unwanted.
            self.abort()
        elif self._keep_alive and not self.closed and not self._full:
            self._on_idle(self)
        else:
            self.close()

    def _fail(self, error: ProxyError) -> None:
        waiter, self._head_waiter = self._head_waiter, None
        self.deadline = NEVER
        self._stop_upload()
        if waiter is not None:
            waiter.throw(error)

    # -- protocol switch

    def _switch(self, response: Response, fields: Fields, data: bytes) -> None:
        if self._upload is not None:
            raise BadUpstreamResponse("101 before the end of the request", reason="unasked_101")
        if self._upgrade is None or not fields.upgrades or b"upgrade" not in fields.options:
            raise BadUpstreamResponse("101 that nobody asked for", reason="unasked_101")
        if fields.upgrades[0].lower() != self._upgrade.lower():
            raise BadUpstreamResponse("101 to another protocol than asked for", reason="unasked_101")
        self.deadline = NEVER
        self._buffer = data
        self._transport.pause_reading()
        self._deliver(response, whole=False)

    end_tunnel = close

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
        self.abort()

    def pause_writing(self) -> None:
        self._full = True
        if self._tunnel is not None:
            self._tunnel.pause(self)
        elif self._upload is not None:
            self._upload.pause()

    def resume_writing(self) -> None:
        self._full = False
        if self._tunnel is not None:
            self._tunnel.resume(self)
        elif self._upload is not None:
            self._upload.resume()

    def on_deadline(self, now: float) -> None:
        self.deadline = NEVER
        if self._transport.is_closing():
            self._transport.abort()
        elif self._upload is not None and self._upload.permit():
            pass  # It waited for 100 (Continue) long enough.
        elif self._head_waiter is not None:
            self._fail(UpstreamTimeout("no final response head in time", reason="response_timeout"))
            self.abort()
        elif self._body is not None:
            self._break_body(UpstreamTimeout("the response body stalled", reason="body_timeout"))
        else:
            self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else "head" if self._head_waiter else "body" if self._body else "idle"
        return f"<UpstreamConnection {state} exchanges={self.exchanges}>"
