"""What an application's handler writes, caught on its way to the client and made a Response."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import ClientConnectionResetError, web
from aiohttp.http_writer import Buffer, StreamWriter
from multidict import CIMultiDict

from proxy.body import StreamBody
from proxy.errors import ClientGone, ProxyError
from proxy.http1.framing import BODYLESS
from proxy.messages import OF_THE_CONNECTION, Headers, Response, field_line
from proxy.runtime import Waiter, spawn

log = logging.getLogger("penstock")


class Reply(StreamWriter):
    """Stands in the place of the writer that aiohttp gives a handler's response; framing is left to the sender.

    `response` comes as soon as the head is there: with whole bytes where they came together, else with a stream that
    the handler goes on filling, at the pace of its reader.
    """

    def __init__(self, request: web.Request) -> None:
        super().__init__(request.protocol, asyncio.get_running_loop())
        self.response: Waiter[Response] = Waiter()
        self.wants_close = False
        self._to_head = request.method == "HEAD"
        self._head: Response | None = None
        self._body: StreamBody | None = None
        self._abandoned = False
        self._resumed: Waiter[None] | None = None
        self._switched: Waiter[None] = Waiter()
        self._task: asyncio.Task[None] | None = None

    def start(self, handler: Callable[[web.Request], Any], request: web.Request) -> None:
        """Call the handler with a request that writes here."""
        self._task = spawn(self._run(handler, request), "an application's handler")

    async def _run(self, handler: Callable[[web.Request], Any], request: web.Request) -> None:
        try:
            try:
                answer = await handler(request)
            except web.HTTPException as raised:
                answer = raised
            await answer.prepare(request)
            await answer.write_eof()
        except asyncio.CancelledError:
            self.fail(ClientGone("the handler was cancelled"))
            raise
        except ConnectionError:
            self.fail(ClientGone("the client left while the handler wrote"))
        except ProxyError as error:
            self.fail(error)
        except Exception as error:
            log.exception("the application's handler failed")
            self.fail(ProxyError(str(error), reason="handler_failed"))
        finally:
            request._finish()

    def fail(self, error: ProxyError) -> None:
        """End what the handler has not ended."""
        if self._body is not None:
            self._body.fail(error)
        else:
            self.response.throw(error)

    async def ended(self) -> None:
        """Wait for the handler, which may have something to do after its answer; cancelling cancels it."""
        if self._task is None:
            return
        try:
            await asyncio.wait({self._task})
        except asyncio.CancelledError:
            self._task.cancel()
            raise

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    # -- what a response of aiohttp calls

    async def write_headers(self, status_line: str, headers: CIMultiDict[str]) -> None:
        self._head = response = _response(status_line, headers)
        self.wants_close = headers.get("Connection", "").lower() == "close"
        if self._to_head or response.status in BODYLESS:
            length = headers.get("Content-Length")
            response.content_length = None if length is None else int(length)
        if response.status == 101:
            self._begin()
            await self._switched

    def switched(self) -> None:
        """Let the handler go on: the client has been sent its 101."""
        self._switched.wake(None)

    def send_headers(self) -> None:
        self._begin()

    def enable_chunking(self) -> None:
        pass

    def _begin(self) -> None:
        """Hand the head over; what follows is a stream."""
        head, self._head = self._head, None
        if head is None:
            return
        if not self._to_head and head.status not in BODYLESS:
            head.body = self._body = StreamBody(self, self.length)
        self.response.wake(head)

    def _write(self, chunk: Buffer) -> None:
        piece = bytes(chunk)
        self._begin()
        self.buffer_size += len(piece)
        self.output_size += len(piece)
        if self._abandoned:
            raise ClientConnectionResetError("Cannot write to closing transport")
        if self._body is not None and piece:
            self._body.feed(piece)

    def _writelines(self, chunks: Iterable[Buffer]) -> None:
        self._write(b"".join(chunks))

    async def write_eof(self, chunk: bytes = b"") -> None:
        head = self._head
        if head is None or self._compress is not None:
            await super().write_eof(chunk)
        else:
            self._head, self._eof = None, True
            if not self._to_head and head.status not in BODYLESS:
                head.body = bytes(chunk)
                self.output_size = len(chunk)
            self.response.wake(head)
        if self._body is not None:
            self._body.finish()

    def set_eof(self) -> None:
        self._begin()
        self._eof = True

    async def drain(self) -> None:
        if self._resumed is not None:
            await self._resumed

    # -- what the body asks of its source

    def pause_body(self) -> None:
        self._resumed = Waiter()

    def resume_body(self) -> None:
        resumed, self._resumed = self._resumed, None
        if resumed is not None:
            resumed.wake(None)

    def abandon_body(self) -> None:
        """Let the handler's next write fail, as aiohttp has it for a client that left."""
        self._abandoned = True
        self.resume_body()


def _response(status_line: str, headers: CIMultiDict[str]) -> Response:
    status = status_line.partition(" ")[2]
    lines = [
        # aiohttp writes UTF-8; field_line alone would write what it can as latin-1.
        field_line(name, value.encode().decode("latin-1"))
        for name, value in headers.items()
        if name.lower().encode() not in OF_THE_CONNECTION
    ]
    return Response(int(status[:3]), Headers(lines), status_line=b"HTTP/1.1 " + status.encode())
