"""An origin that lets everybody wait a while: `python -m bench.functions.slow_origin PORT MILLISECONDS`."""

from __future__ import annotations

import asyncio
import sys
from typing import Final, cast

import uvloop

ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nlate\n"
BACKLOG: Final = 1024


class Waiting(asyncio.Protocol):
    """Answers each request after `wait_s`; a client sends the next one only then."""

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if self._unread.endswith(b"\r\n\r\n"):
            self._unread = b""
            asyncio.get_running_loop().call_later(self._wait_s, self._answer)

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(ANSWER)


async def serve(port: int, wait_s: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Waiting(wait_s), "127.0.0.1", port, backlog=BACKLOG)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
