"""One request of an aiohttp application on its way through a pipeline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, cast

from aiohttp import web

from proxy.embedded.answer import Answer
from proxy.embedded.head import client_of, head_of
from proxy.embedded.tunnel_end import TunnelEnd
from proxy.embedded.upload import Upload, check_coding
from proxy.errors import BadRequest, ClientGone, ProxyError
from proxy.exchange import Exchange
from proxy.http1.intake import Intake, IntakeRules
from proxy.http1.reader_pace import ReaderPace
from proxy.http1.sending import Sink, send, switch_head
from proxy.http1.tunnel import Tunnel
from proxy.messages import Headers, Response
from proxy.pipeline import Pipeline
from proxy.runtime import NEVER, monotonic, sweeper
from proxy.sockets import reset

if TYPE_CHECKING:
    from proxy.embedded.reply import Reply

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Visit:
    """Brings an exchange to the pipeline, and sends its answer on the client's transport.

    Without `handler_cancellation` aiohttp tells nobody that a client has left, so a visit looks for itself at each
    sweep: hence its `deadline`. Only where the pipeline ends at the application's own `handler`, that runs on, as
    aiohttp would have it.
    """

    deadline = 0.0

    def __init__(self, request: web.Request, rules: IntakeRules, listener: str, handler: Handler | None = None) -> None:
        """Read the request's head; raises ClientError."""
        self.request, self.handler = request, handler
        intake = Intake(rules, client_of(request, listener))
        read = intake.read(head_of(request, rules.limits))
        self._has_body = intake.body_decoder(read, rules.limits) is not None
        if self._has_body and handler is None:
            check_coding(request.content)
        self._length = intake.length
        read.expects_continue = False  # aiohttp has sent 100 before it called anybody.
        if read.upgrade is not None and not (request._message.upgrade and read.upgrade.lower() == b"websocket"):
            read.upgrade = None  # aiohttp's parser lets no other protocol pass.
        self.exchange = Exchange(read, intake.client, self)
        self.persistent = intake.persistent and request.keep_alive
        self.body = read.body
        self.upload: Upload | None = None
        self.reply: Reply | None = None
        self._limits = rules.limits
        self._send_deadline = NEVER
        self._pace: ReaderPace | None = None
        self._task: asyncio.Task[object] | None = None

    async def serve(self, pipeline: Pipeline) -> web.StreamResponse:
        """Run the exchange and send its answer; what is returned tells aiohttp how that went."""
        exchange = self.exchange
        pipeline.begin(exchange)
        error: ProxyError | None = None
        answer: Answer | None = None
        try:
            self._start()
            response = await pipeline.answer(exchange)
            answer = Answer(exchange, response)
            await answer.announce(self.request)
            await self._send(response)
        except asyncio.CancelledError:
            error = ClientGone()
            if self.reply is not None:
                self.reply.cancel()
            raise
        except (ProxyError, ConnectionError) as broken:
            error = broken if isinstance(broken, ProxyError) else ClientGone("the client left in mid-body")
        except Exception as broken:
            error = ProxyError(str(broken))
            raise
        finally:
            self._end(pipeline, answer, error)
        if self.reply is not None:
            await self.reply.ended()
        assert answer is not None
        return answer

    def _start(self) -> None:
        self._task = asyncio.current_task()
        sweeper().add(self)
        if self.exchange.route is not None:
            self._limits = self.exchange.route.limits
        if self._has_body:
            self._attach_body()

    def _attach_body(self) -> None:
        self.body = self.request._read_bytes
        if self.body is None:  # Else an outer middleware has read it.
            self.upload = Upload(self.request.content, self._length, self._limits)
            self.body = self.upload.body
        self.exchange.request.body = self.body

    def _end(self, pipeline: Pipeline, answer: Answer | None, error: ProxyError | None) -> None:
        sweeper().remove(self)
        if self.upload is not None:
            self.upload.stop()
        origin = self.exchange.switched_to
        if origin is not None and not self.exchange.tunnelled:
            origin.abort()
        pipeline.complete(self.exchange, error)
        if answer is None or not answer.prepared:
            return
        if error is not None:
            self._cut()
        elif self.persistent and not self.exchange.tunnelled:
            answer.persist()

    def _cut(self) -> None:
        """Reset the connection, so that no client takes a body that was cut for a whole one."""
        if self.request.transport is not None:
            reset(self.request.transport)

    async def _send(self, response: Response) -> None:
        if not self.request.content.is_eof():
            self.persistent = False  # The rest of the request is unwanted.
        if response.status == 101:
            await self._switch(response)
            return
        sending = send(cast(Sink, self), self.exchange, response)
        if sending is not None:
            await sending
        last = self.drained()
        if last is not None:
            await last

    async def _switch(self, response: Response) -> None:
        if self.gone:
            raise ClientGone("the client left before its protocol was switched")
        assert self.exchange.request.upgrade is not None
        self.exchange.tunnelled = True
        self.write(switch_head(response, self.exchange.request.upgrade))
        sweeper().remove(self)  # Who takes over notices the client's end, and may have something to do then.
        if self.reply is not None:
            self.reply.switched()
            await self.reply.ended()
            return
        origin = self.exchange.switched_to
        assert origin is not None
        client = TunnelEnd(self.request.protocol)
        tunnel = Tunnel(client, origin, idle_s=self._limits.tunnel_idle_timeout_s, sweeper=sweeper())
        try:
            await tunnel.run()
        finally:
            self.exchange.sent_bytes = tunnel.carried_bytes
            client.release()

    def on_deadline(self, now: float) -> None:
        if self.gone:
            if self.handler is None and self._task is not None:
                self._task.cancel()
                self._task = None
        elif now >= self._send_deadline:
            self._judge_reader(now)
        elif self.upload is not None and self.request.protocol._messages and not self.request.content.is_eof():
            # What aiohttp has queued behind an unfinished body is its own complaint about that body.
            self.upload.body.fail(BadRequest("malformed chunk", reason="framing"))

    def _judge_reader(self, now: float) -> None:
        """Cut a client that has taken nothing since the last look."""
        if self._pace is None or not self._pace.has_moved():
            self._cut()
        else:
            self._send_deadline = now + self._limits.send_timeout_s

    # -- what the pipeline and the sender use

    def send_interim(self, status: int, headers: Headers) -> None:
        """Drop it: aiohttp's server has no way to send another interim answer than 100."""

    @property
    def gone(self) -> bool:
        transport = self.request.transport
        return transport is None or transport.is_closing()

    def write(self, data: bytes) -> None:
        transport = self.request.transport
        if transport is not None:
            transport.write(data)

    def drained(self) -> Awaitable[None] | None:
        return self._drain() if self.request.protocol.writing_paused else None

    async def _drain(self) -> None:
        transport = self.request.transport
        self._pace = None if transport is None else ReaderPace(transport)
        self._send_deadline = monotonic() + self._limits.send_timeout_s
        await self.request.writer.drain()
        self._send_deadline = NEVER
