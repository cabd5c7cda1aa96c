"""A request's body, from aiohttp's StreamReader to the RequestBody that the pipeline reads."""

from __future__ import annotations

import asyncio

from aiohttp import StreamReader

from proxy.errors import BadRequest, ClientError, ClientGone, ProxyError
from proxy.http1.framing import CloseDecoder, Decoder, LengthDecoder
from proxy.http1.request_body import RequestBody
from proxy.limits import Limits
from proxy.runtime import Waiter, spawn, sweeper


def check_coding(reader: StreamReader) -> None:
    """Refuse content that aiohttp has decompressed: neither its length nor its bytes are the client's any more."""
    if reader.total_compressed_bytes is not None:
        raise ClientError(
            "compressed content needs web.Application(handler_args={'auto_decompress': False})",
            reason="content_decoded",
            status=415,
        )


class Upload:
    """Moves pieces when somebody reads, at the reader's pace, under the limits of the route.

    aiohttp has undone the chunked coding; it holds up to 512 KiB of its own, and then stops reading the client.
    """

    def __init__(self, reader: StreamReader, length: int | None, limits: Limits) -> None:
        self._reader = reader
        self._decoder: Decoder = CloseDecoder() if length is None else LengthDecoder(length)
        self.body = RequestBody(self, length, self._decoder, limits, sweeper())
        self.body.on_wanted = self._start
        self._moving: asyncio.Task[None] | None = None
        self._resumed: Waiter[None] | None = None

    def _start(self) -> None:
        try:
            check_coding(self._reader)
        except ClientError as error:
            self.body.fail(error)
            return
        self._moving = spawn(self._move(), "read a request's body")

    async def _move(self) -> None:
        body, reader = self.body, self._reader
        try:
            while piece := await reader.readany():
                body.take(piece)
                if body.broken:
                    return
                if self._resumed is not None:
                    await self._resumed
            if self._decoder.at_eof():
                body.finish()
            else:
                body.fail(BadRequest("somebody else has read part of the body", reason="framing"))
        except asyncio.CancelledError:
            body.fail(ClientGone("the application gave the request up"))
            raise
        except Exception as error:
            body.fail(_fault(error))

    def stop(self) -> None:
        """Read no more."""
        self.body.stop()
        if self._moving is not None:
            self._moving.cancel()

    def pause_body(self) -> None:
        self._resumed = Waiter()

    def resume_body(self) -> None:
        resumed, self._resumed = self._resumed, None
        if resumed is not None:
            resumed.wake(None)

    def abandon_body(self) -> None:
        self.stop()


def _fault(error: Exception) -> ProxyError:
    """Map what aiohttp's reader raises: RuntimeError where the connection is closed, else its parser's verdict."""
    if isinstance(error, ConnectionError | RuntimeError):
        return ClientGone("the client left in mid-request")
    return BadRequest(str(error), reason="framing")
