"""An origin server that does what a test says, however wrong."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Self

from kit.wire import PATIENCE_S, Wire

FOREVER_S = 3600.0
Script = Callable[[Wire], Awaitable[None]]


class FakeOrigin:
    """A real server on a free port or a Unix socket; every connection is a Wire that records what it was sent.

    Without a script, tests take connections by `accept()` and hold the conversation themselves. With one, it is run
    for each connection, and its failures are the block's.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        path: str | None = None,
        tls: ssl.SSLContext | None = None,
        record: bool = True,
    ) -> None:
        self.connections: list[Wire] = []
        self._script = script
        self._path = path
        self._tls = tls
        self._record = record
        self._accepted: asyncio.Queue[Wire] = asyncio.Queue()
        self._scripts: set[asyncio.Task[None]] = set()
        self._failures: list[AssertionError] = []

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        if self._path is not None:
            self._server = await loop.create_unix_server(self._wire, self._path, ssl=self._tls)
            self.address = f"unix:{self._path}"
        else:
            self._server = await loop.create_server(self._wire, "127.0.0.1", 0, ssl=self._tls)
            self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for script in self._scripts:
            script.cancel()
        await asyncio.gather(*self._scripts, return_exceptions=True)
        self._server.close()
        for wire in self.connections:
            wire.transport.abort()
        await asyncio.sleep(0)
        if kind is None and self._failures:
            raise self._failures[0]

    def _wire(self) -> Wire:
        return Wire(self._welcome, record=self._record)

    def _welcome(self, wire: Wire) -> None:
        self.connections.append(wire)
        self._accepted.put_nowait(wire)
        if self._script is not None:
            task = asyncio.get_running_loop().create_task(self._play(wire))  # type: ignore[arg-type]
            self._scripts.add(task)
            task.add_done_callback(self._scripts.discard)

    async def _play(self, wire: Wire) -> None:
        assert self._script is not None
        try:
            await self._script(wire)
        except AssertionError as failure:
            if wire.ended is None:
                self._failures.append(failure)

    def stop_listening(self) -> None:
        """Refuse new connections; those that stand, stand."""
        self._server.close()

    async def accept(self, within_s: float = PATIENCE_S) -> Wire:
        """Take the next connection that was made."""
        try:
            async with asyncio.timeout(within_s):
                return await self._accepted.get()
        except TimeoutError:
            raise AssertionError(f"no connection to the origin within {within_s} s") from None

    @property
    def recorded(self) -> bytes:
        """Every byte of every connection, in the order of the connections."""
        return b"".join(bytes(wire.received) for wire in self.connections)


def answering(response: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") -> Script:
    """Answer each whole request with these bytes, on as many connections as come."""

    async def script(wire: Wire) -> None:
        while wire.ended is None or wire.unread:
            await wire.expect_message(within_s=FOREVER_S)
            await wire.send(response)

    return script
