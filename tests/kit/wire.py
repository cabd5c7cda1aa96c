"""One end of a connection, in a test's hand."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from typing import Any

from kit.messages import Message, take_message

PATIENCE_S = 5.0
"""No expectation waits longer; far above what a loopback dialogue takes on a busy machine."""


class Wire(asyncio.Protocol):
    """Records every byte that arrives, sends what it is told, and checks what was expected.

    `ended` is None, "closed" (an orderly end) or "reset". With `record=False` bytes are only counted.
    """

    def __init__(self, on_connect: Callable[[Wire], object] | None = None, *, record: bool = True) -> None:
        self.received = bytearray()
        self.received_bytes = 0
        self.ended: str | None = None
        self.stopped_reading = False
        self._record = record
        self._on_connect = on_connect
        self._read = 0
        self._news = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        if self._on_connect is not None:
            self._on_connect(self)

    def data_received(self, data: bytes) -> None:
        self.received_bytes += len(data)
        if self._record:
            self.received += data
        self._news.set()

    def eof_received(self) -> bool:
        self.ended = self.ended or "closed"
        self._news.set()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self.ended = self.ended or ("closed" if error is None else "reset")
        self._writable.set()
        self._news.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # Saying.

    async def send(self, data: bytes) -> None:
        """Write, and let the other side read it: what is sent next arrives apart."""
        if not self.transport.is_closing():
            self.transport.write(data)
        await soon()

    async def pour(self, piece: bytes, total_bytes: int) -> None:
        """Write a long stream as fast as the other side takes it."""
        for _ in range(total_bytes // len(piece)):
            await self._writable.wait()
            if self.ended == "reset" or self.transport.is_closing():
                return
            self.transport.write(piece)
            await asyncio.sleep(0)

    def finish(self) -> None:
        """End this direction; the other stays open."""
        self.transport.write_eof()

    def close(self) -> None:
        self.transport.close()

    def reset(self) -> None:
        """End the connection with a RST, dropping what either side has not read."""
        if self.transport.is_closing():
            return
        sock = self.transport.get_extra_info("socket")
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def stop_reading(self) -> None:
        self.stopped_reading = True
        self.transport.pause_reading()

    def go_on_reading(self) -> None:
        self.stopped_reading = False
        self.transport.resume_reading()

    # Hearing.

    @property
    def unread(self) -> bytes:
        """What has arrived and no expectation has taken."""
        return bytes(self.received[self._read :])

    async def expect(self, data: bytes) -> None:
        """Take exactly these bytes as the next ones."""
        await self.until(
            lambda: len(self.received) - self._read >= len(data) or not data.startswith(self.unread),
            f"bytes {data!r}",
        )
        assert self.unread[: len(data)] == data
        self._read += len(data)

    async def expect_until(self, end: bytes) -> bytes:
        """Take everything up to and with `end`."""
        await self.until(lambda: end in self.unread, f"bytes up to {end!r}")
        return self._take(self.received.index(end, self._read) + len(end) - self._read)

    async def expect_bytes(self, count: int) -> bytes:
        await self.until(lambda: len(self.received) - self._read >= count, f"{count} bytes")
        return self._take(count)

    def _take(self, count: int) -> bytes:
        taken = self.unread[:count]
        self._read += count
        return taken

    async def expect_message(self, *, to: str = "GET", within_s: float = PATIENCE_S) -> Message:
        """Take one whole message; strictly parsed, so that a test cannot overlook a malformed one."""

        def parsed() -> tuple[Message, int] | None:
            return take_message(self.unread, to=to, ended=self.ended == "closed")

        await self.until(lambda: parsed() is not None, "a whole message", within_s)
        taken = parsed()
        assert taken is not None
        self._read += taken[1]
        return taken[0]

    async def expect_request(
        self, method: str | None = None, target: str | None = None, *, body: bytes | None = None
    ) -> Message:
        request = await self.expect_message()
        assert method is None or request.method == method
        assert target is None or request.target == target
        assert body is None or request.body == body
        return request

    async def expect_response(
        self, status: int | None = None, *, body: bytes | None = None, to: str = "GET"
    ) -> Message:
        """Take one whole response, interim or final; `to` is the method that it answers."""
        response = await self.expect_message(to=to)
        assert status is None or response.status == status, f"{response.start!r} instead of {status}"
        assert body is None or response.body == body
        return response

    async def expect_nothing(self, for_s: float = 0.15) -> None:
        """Hear not a byte, nor an end, for a while."""
        before = self.received_bytes
        await asyncio.sleep(for_s)
        assert self.received_bytes == before, f"unexpected: {self.unread[:200]!r}"
        assert self.ended is None, f"unexpectedly {self.ended}"

    async def expect_closed(self, within_s: float = PATIENCE_S) -> None:
        """See the other side end the connection, with nothing said before it."""
        await self.until(lambda: self.ended is not None, "the connection's end", within_s)
        assert not self.unread, f"said before the end: {self.unread[:200]!r}"

    async def expect_cut(self, within_s: float = PATIENCE_S) -> bytes:
        """See the connection end, whatever was said before; return that."""
        await self.until(lambda: self.ended is not None, "the connection's end", within_s)
        return self._take(len(self.unread))

    async def until(self, ready: Callable[[], object], what: str, within_s: float = PATIENCE_S) -> None:
        try:
            async with asyncio.timeout(within_s):
                while not ready():
                    assert self.ended is None, f"{self.ended} instead of {what}; unread: {self.unread[:300]!r}"
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"waited {within_s} s for {what}; unread: {self.unread[:300]!r}") from None


async def connect(
    address: tuple[str, int] | str, *, tls: ssl.SSLContext | None = None, record: bool = True, small: bool = False
) -> Wire:
    """Open a connection to (host, port) or a Unix socket's path; `small` asks the kernel for small buffers."""
    loop = asyncio.get_running_loop()
    server_name = "localhost" if tls else None
    if isinstance(address, str):
        _, wire = await loop.create_unix_connection(
            lambda: Wire(record=record), address, ssl=tls, server_hostname=server_name
        )
        return wire
    sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
    sock.setblocking(False)
    if small:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    await loop.sock_connect(sock, address)
    _, wire = await loop.create_connection(lambda: Wire(record=record), sock=sock, ssl=tls, server_hostname=server_name)
    return wire


async def eventually(ready: Callable[[], object], within_s: float = PATIENCE_S) -> bool:
    """Look again and again until something holds; tell whether it came to."""
    for _ in range(int(within_s / 0.005)):
        if ready():
            return True
        await asyncio.sleep(0.005)
    return bool(ready())


async def turn_when(ready: Callable[[], object]) -> None:
    """Go on in the very turn of the loop in which something comes to hold, before others have heard of it."""
    async with asyncio.timeout(PATIENCE_S):
        for _ in iter(lambda: bool(ready()), True):
            await asyncio.sleep(0)


async def soon(turns: int = 4) -> None:
    """Let the loop turn, so that what was just written is read on the other side of a loopback socket."""
    for _ in range(turns):
        await asyncio.sleep(0)


def get(
    target: str | bytes = "/",
    *fields: str | bytes,
    host: str = "example.test",
    method: str = "GET",
    version: str = "1.1",
) -> bytes:
    """Write a request without a body."""
    line = b"%b %b HTTP/%b" % (method.encode(), _raw(target), version.encode())
    return b"\r\n".join([line, b"Host: " + host.encode(), *map(_raw, fields), b"", b""])


def post(body: bytes, *fields: str | bytes, target: str = "/", method: str = "POST") -> bytes:
    """Write a request with a body and its Content-Length."""
    return get(target, f"Content-Length: {len(body)}", *fields, method=method) + body


def _raw(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")
