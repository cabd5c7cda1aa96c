"""A client's connection: one request after the other, nothing tried twice."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from bench.load.ledger import Ledger
from bench.load.messages import MAX_HEAD_BYTES, Head, read_body, read_head, written

PATIENCE_S: Final = 30.0
"""Whoever waits longer for an answer, or the next piece of it, was forgotten."""


class Resuming(ssl.SSLContext):
    """A client's context that offers the session that it was last given (RFC 8446 §2.2); asyncio has no way to."""

    session: ssl.SSLSession | None = None

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, session or self.session)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listener is; `tls` is how to speak to it where that is not in the clear."""

    port: int
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    server_name: str = "localhost"


@dataclass(frozen=True, slots=True)
class Answer:
    head: Head
    body: bytes


class Connection:
    """Opened by `open`; `port` is the client's, `since_s` when it was connected, on the ledger's clock."""

    def __init__(self, place: Place, ledger: Ledger) -> None:
        self._place, self._ledger = place, ledger
        self.port, self.since_s = 0, 0.0
        self.asked_to_close = False
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Connect, and shake hands where TLS is spoken; raises OSError, EOFError or TimeoutError."""
        loop, place = asyncio.get_running_loop(), self._place
        sock = socket.socket()
        try:
            sock.setblocking(False)
            async with asyncio.timeout(PATIENCE_S):
                await loop.sock_connect(sock, (place.host, place.port))
                self.port, self.since_s = sock.getsockname()[1], self._ledger.now()
                name = place.server_name if place.tls else None
                self.reader, self._writer = await asyncio.open_connection(
                    sock=sock, ssl=place.tls, server_hostname=name, limit=MAX_HEAD_BYTES
                )
        except BaseException:
            sock.close()
            raise

    @property
    def writer(self) -> asyncio.StreamWriter:
        assert self._writer is not None, "open it first"
        return self._writer

    @property
    def tls(self) -> ssl.SSLObject | None:
        found: ssl.SSLObject | None = self.writer.get_extra_info("ssl_object")
        return found

    @property
    def usable(self) -> bool:
        """Tell whether one more request may be sent: neither side has said that it ends."""
        return not (self.asked_to_close or self.reader.at_eof() or self.writer.is_closing())

    def why_broken(self) -> BaseException | None:
        """Return what ended an idle connection other than an orderly close."""
        return self.reader.exception()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        async with asyncio.timeout(PATIENCE_S):
            await self.writer.drain()

    async def head(self) -> Head:
        async with asyncio.timeout(PATIENCE_S):
            head = await read_head(self.reader)
        self.asked_to_close = head.closes
        return head

    async def answer(self) -> Answer:
        """Take one whole answer."""
        head = await self.head()
        async with asyncio.timeout(PATIENCE_S):
            return Answer(head, await read_body(self.reader, head))

    async def ask(self, method: str, target: str, fields: Mapping[str, str], body: bytes = b"") -> Answer:
        await self.send(request(method, target, fields, len(body)) + body)
        return await self.answer()

    def abort(self) -> None:
        """Drop it, if it was opened."""
        if self._writer is not None:
            self._writer.transport.abort()

    async def close(self) -> None:
        """End it; what the other side makes of that is of no interest any more."""
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await self._writer.wait_closed()


def request(method: str, target: str, fields: Mapping[str, str], length: int = 0) -> bytes:
    """Write a request's head."""
    framing = {"Content-Length": str(length)} if length or method == "POST" else {}
    return written(f"{method} {target} HTTP/1.1", {"Host": "site.test", **fields, **framing})
