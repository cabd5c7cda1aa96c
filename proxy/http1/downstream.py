"""One client's connection: requests in, answers out, strictly in order.

A head is taken whole, its exchange is run to the end, then the next head is looked at; so a pipelined request waits as
bytes, and what comes after a malformed one is never parsed. While an exchange runs the connection goes on reading, up
to a bound, for that is how it learns that the client has left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import Final, cast

from proxy.body import HIGH_WATER_BYTES
from proxy.errors import BadRequest, ClientError, ClientGone, HeaderTooLarge, Overloaded, ProxyError, RequestTimeout
from proxy.exchange import Exchange
from proxy.http1.codec import HEAD_END
from proxy.http1.intake import Intake
from proxy.http1.lingering import LINGER_S, Lingering
from proxy.http1.reader_pace import ReaderPace
from proxy.http1.request_body import RequestBody
from proxy.http1.sending import interim, refusal, send, send_whole, switch_head
from proxy.http1.service import Service
from proxy.http1.tunnel import Tunnel
from proxy.limits import Limits
from proxy.messages import Headers, Response
from proxy.outbox import BatchedProtocol
from proxy.pipeline import Pipeline
from proxy.proxy_protocol import Ends
from proxy.runtime import NEVER, Running, Strand, Waiter, monotonic, spawn
from proxy.sockets import reset

MAX_INTERIM: Final = 20
DRAIN_GRACE_S: Final = 1.0


class Downstream(BatchedProtocol):
    """Speaks HTTP/1 with one client."""

    __slots__ = (  # 5,000 idle connections are to cost little
        "_body", "_ends", "_exchange", "_idle", "_intake", "_interims", "_lingering", "_pace", "_paused",
        "_pending", "_running", "_served", "_service", "_taking", "_tunnel", "_writable", "deadline", "gone",
        "persistent",
    )  # fmt: skip

    def __init__(self, service: Service, ends: Ends | None = None) -> None:
        super().__init__()
        service.arrived_at = monotonic()
        self._service, self._ends = service, ends
        self._intake: Intake = cast(Intake, None)
        self.deadline = NEVER
        self.persistent = True
        self.gone = False
        self._pending = b""
        self._taking = self._served = self._idle = self._paused = False
        self._exchange: Exchange | None = None
        self._running: Running | None = None
        self._body: RequestBody | None = None
        self._writable: Waiter[None] | None = None
        self._tunnel: Tunnel | None = None
        self._interims = 0
        self._pace: ReaderPace | None = None
        self._lingering: Lingering | None = None

    # -- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        service = self._service
        service.sweeper.add(self)
        self._intake = Intake(service.rules, service.client(self._transport, self._ends))
        self.deadline = monotonic() + service.limits.header_timeout_s
        if not service.opened(self):
            self._refuse(Overloaded("too many connections"))
        elif service.draining:
            self.drain()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone = True
        self._service.sweeper.remove(self)
        self._service.closed(self)
        if self._tunnel is not None:
            self._tunnel.lost(self)
        if self._running is not None:
            self._running.cancel()
        if self._body is not None:
            self._body.fail(ClientGone("the client left in mid-request"))
        if self._writable is not None:
            self._writable.wake(None)

    def eof_received(self) -> bool:
        """Treat a client that closes its half as gone, as nginx does; only a tunnel has two halves."""
        if self._tunnel is not None:
            return self._tunnel.eof(self)
        self._limit_closing()
        return False

    def drain(self) -> None:
        """Bring one more request at most, in the time that the service gives for it; what is under way goes on."""
        if self._exchange is not None or self._pending or self._writable is not None:
            return
        # Where it was accepted just now, its request is on the way.
        idle_s = self._service.idle_s if self._served else max(DRAIN_GRACE_S, self._service.idle_s)
        if idle_s:
            self.deadline = min(self.deadline, monotonic() + idle_s)
        else:
            self.close_written()

    def renew(self) -> None:
        """Read the requests to come by the service's new rules."""
        self._intake = self._intake.under(self._service.rules)

    @property
    def exchange(self) -> Exchange | None:
        """What is under way, tunnels included."""
        return self._exchange

    # -- reading

    def data_received(self, data: bytes) -> None:
        if self._exchange is None:
            if self._lingering is None:
                self._take(self._pending + data if self._pending else data)
            elif not self._lingering.drop(len(data)):
                self._transport.abort()
        elif self._body is not None:
            self._take_body(self._body, data)
        elif self._tunnel is not None:
            self._tunnel.data(self, data)
        else:
            self._set_aside(data)

    def _set_aside(self, data: bytes) -> None:
        """Keep what came before its turn; over the bound the client waits."""
        self._pending += data
        if len(self._pending) > HIGH_WATER_BYTES:
            self.pause_body()

    def _take(self, data: bytes) -> None:
        """Run the exchanges that begin in `data`, one after another, until one has to wait."""
        self._pending, self._taking = b"", True
        try:
            while data and not self._transport.is_closing():
                if data[0] == 13 and data.startswith(b"\r\n"):
                    data = data[2:]  # One empty line before a request is ignored (RFC 9112 §2.2), no flood of them.
                    if data.startswith(b"\r\n"):
                        raise BadRequest("empty lines in place of a request", reason="request_line")
                    continue
                end = data.find(HEAD_END)
                if end < 0:
                    self._unfinished(data)
                    return
                rest = self._begin(data, end + 4)
                if self._exchange is not None:
                    if rest:
                        self._set_aside(rest)
                    return
                data = rest
        except ClientError as error:
            self._refuse(error)
        finally:
            self._taking = False

    def _unfinished(self, data: bytes) -> None:
        """Keep a partial head, unless it can be refused already; its time counts from its first byte."""
        self._intake.check_beginning(data)
        if self._idle:
            self.deadline, self._idle = monotonic() + self._service.limits.header_timeout_s, False
        self._pending = data

    def _begin(self, data: bytes, end: int) -> bytes:
        """Start the exchange whose head ends at `end`; returns what of `data` is not its own."""
        service, pipeline = self._service, self._service.pipeline
        if end > service.limits.header_bytes:
            raise HeaderTooLarge("the header section is over the limit")
        head, rest = (data, b"") if end == len(data) else (data[:end], data[end:])
        intake = self._intake
        request = intake.read(head)
        self.persistent = intake.persistent and not service.draining
        self._served = True
        if intake.simple and pipeline.has_instant and self.persistent and self._writable is None:
            hit = pipeline.hit(request, intake.client)
            if hit is not None:
                self._await_next()
                send_whole(self, *hit)
                return rest
        if self._writable is None:  # Else the reader of earlier answers has its time.
            self.deadline = NEVER
        exchange = self._exchange = Exchange(request, intake.client, self)
        plain = pipeline.begin(exchange)
        if intake.body_follows and (decoder := intake.body_decoder(request, limits := self._limits())) is not None:
            request.body = self._body = RequestBody(self, intake.length, decoder, limits, service.sweeper)
            if request.expects_continue:
                self._body.on_wanted = partial(self.write, b"HTTP/1.1 100 Continue\r\n\r\n")
            if rest:
                rest = self._body.take(rest)
                if self._body.ended:
                    self._body = None
        if plain:
            self._running = strand = Strand(self._serve(exchange, pipeline))
            strand.step()
        else:
            self._running = spawn(self._serve(exchange, pipeline), "exchange")
        return rest

    def _take_body(self, body: RequestBody, data: bytes) -> None:
        rest = body.take(data)
        if body.ended:
            self._body = None
        if rest:
            self._set_aside(rest)

    def _limits(self) -> Limits:
        exchange = self._exchange
        return self._service.limits if exchange is None or exchange.route is None else exchange.route.limits

    # -- answering

    async def _serve(self, exchange: Exchange, pipeline: Pipeline) -> None:
        error: ProxyError | None = None
        try:
            response = await pipeline.answer(exchange)
            if response.status == 101:
                await self._switch(exchange, response)
            else:
                if self._service.draining or (self._body is not None and not self._body.ended):
                    self.persistent = False  # The next request, or the rest of this one, is unwanted.
                sending = send(self, exchange, response)
                if sending is not None:
                    await sending
        except asyncio.CancelledError:
            error = ClientGone()
        except ProxyError as broken:
            error = broken
        except Exception as broken:
            error = ProxyError(str(broken))
            raise
        finally:
            if exchange.switched_to is not None and not exchange.tunnelled:
                exchange.switched_to.abort()  # A filter put another answer in the place of the 101.
            self._end(exchange, pipeline, error)

    def _end(self, exchange: Exchange, pipeline: Pipeline, error: ProxyError | None) -> None:
        pipeline.complete(exchange, error)
        self._running = None
        body, self._body = self._body, None
        if body is not None:
            body.stop()
        if error is None and self.persistent and not exchange.tunnelled:
            if self._writable is None:
                self._resume()
            else:
                spawn(self._resume_when_drained(), "drain before the next request")
            return
        self._exchange = None
        if self.gone:
            return
        if error is not None or exchange.tunnelled:
            reset(self._transport)
        else:
            self._close(reading=body is not None and not body.ended)

    async def _resume_when_drained(self) -> None:
        """Let a client that pipelines but doesn't read wait, before its next answer is made."""
        if self._writable is not None:
            await self._writable
        self._resume()

    def _resume(self) -> None:
        """Go on with the next request."""
        self._exchange = None
        if self.gone:
            return
        if not self._service.idle_s:  # It was asked to drain meanwhile.
            self._close(reading=False)
            return
        self._await_next()
        self._interims = 0
        if self._paused:  # By an unread body, or by too much that came early.
            self.resume_body()
        if self._pending and not self._taking:
            pending, self._pending = self._pending, b""
            self._take(pending)

    def _await_next(self) -> None:
        self.deadline, self._idle = self._service.sweeper.now + self._service.idle_s, True

    def send_interim(self, status: int, headers: Headers) -> None:
        self._interims += 1
        if self._exchange is None or self._exchange.request.version == 10 or self._interims > MAX_INTERIM:
            return
        self.write(interim(status, headers))

    async def _switch(self, exchange: Exchange, response: Response) -> None:
        origin = exchange.switched_to
        assert origin is not None
        assert exchange.request.upgrade is not None
        self.write(switch_head(response, exchange.request.upgrade))
        self.flush()
        exchange.tunnelled = True
        tunnel = Tunnel(self, origin, idle_s=self._limits().tunnel_idle_timeout_s, sweeper=self._service.sweeper)
        await tunnel.run()
        exchange.sent_bytes = tunnel.carried_bytes

    def start_tunnel(self, tunnel: Tunnel) -> bytes:
        self._tunnel = tunnel
        early, self._pending = self._pending, b""
        self.resume_body()
        return early

    def end_tunnel(self) -> None:
        self._transport.close()
        self._limit_closing()

    # -- what the sender uses

    def drained(self) -> Awaitable[None] | None:
        return self._writable

    def pause_writing(self) -> None:
        if self._tunnel is not None:
            self._tunnel.pause(self)
            return
        self._writable = Waiter()
        self._pace = ReaderPace(self._transport)
        self.deadline = monotonic() + self._limits().send_timeout_s

    def resume_writing(self) -> None:
        if self._tunnel is not None:
            self._tunnel.resume(self)
            return
        if self._exchange is not None:
            self.deadline = NEVER
        elif self._lingering is None:
            self.deadline = monotonic() + self._service.idle_s
        waiter, self._writable = self._writable, None
        if waiter is not None:  # Not in this call: asyncio ends a transport twice that is closed inside it.
            asyncio.get_running_loop().call_soon(waiter.wake, None)

    # -- what the request's body asks of its source

    def pause_body(self) -> None:
        self._paused = True
        if not self.gone:
            self._transport.pause_reading()

    def resume_body(self) -> None:
        self._paused = False
        if not self.gone:
            self._transport.resume_reading()

    def abandon_body(self) -> None:
        self.persistent = False

    # -- endings

    def _refuse(self, error: ProxyError) -> None:
        """Answer what never became an exchange, and end the connection."""
        exchange_id = self._service.pipeline.refused(error, self._intake.client)
        self.write(refusal(error.status, exchange_id))
        self._close(reading=True)

    def _close(self, *, reading: bool) -> None:
        """End the connection after what was written; a client that is still sending gets time to read it."""
        self._pending = b""
        self.flush()
        if not reading or not self._transport.can_write_eof():
            self.close_written()
            self._limit_closing()
            return
        self._lingering = Lingering(self._transport)
        self.deadline = monotonic() + LINGER_S
        self._transport.write_eof()
        self.resume_body()

    def _limit_closing(self) -> None:
        """Watch the reader of what a closing transport still holds."""
        self._pace = ReaderPace(self._transport)
        self.deadline = monotonic() + self._limits().send_timeout_s

    def on_deadline(self, now: float) -> None:
        self.deadline = NEVER
        if self._exchange is not None or self._writable is not None or self._transport.is_closing():
            self._look_at_reader(now)
        elif self._lingering is not None:
            if self._lingering.goes_on():
                self.deadline = now + LINGER_S
            else:
                self._transport.abort()
        elif self._pending:
            self._refuse(RequestTimeout("the header section did not come in time"))
        else:
            self._close(reading=False)

    def _look_at_reader(self, now: float) -> None:
        if self._pace is not None and self._pace.has_moved():
            self.deadline = now + self._limits().send_timeout_s
        else:
            reset(self._transport)
