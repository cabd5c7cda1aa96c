"""A gate before a Redis: it counts what is asked, and is slow, silent or shut when it is told to be."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self

from kit.redis import RedisServer

READ_BYTES = 64 * 1024


class Gate:
    """Passes bytes between the cache and a server. `url` is what the cache is given; `asked` is all that it sent.

    Replies wait for `delay_s`, and for ever while the gate is `silent`.
    """

    def __init__(self, server: RedisServer) -> None:
        self._server_port = server.port
        self.asked = bytearray()
        self.delay_s = 0.0
        self._speaking = asyncio.Event()
        self._speaking.set()
        self._under_way: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._open(0)
        return self

    async def _open(self, port: int) -> None:
        self._listening = await asyncio.start_server(self._welcome, "127.0.0.1", port)
        self.port = int(self._listening.sockets[0].getsockname()[1])
        self.url = f"redis://127.0.0.1:{self.port}/0"

    async def __aexit__(self, *_: object) -> None:
        await self.shut()

    def count(self, word: str) -> int:
        """Return how often a word came: a command's name, or the SHA of a script."""
        return self.asked.count(word.encode())

    def silence(self) -> None:
        self._speaking.clear()

    def speak(self) -> None:
        self._speaking.set()

    async def shut(self) -> None:
        """Cut all connections, and refuse new ones."""
        self._listening.close()
        under_way, self._under_way = self._under_way, set()
        for each in under_way:
            each.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def reopen(self) -> None:
        await self._open(self.port)

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._pass_on(reader, writer)
        finally:
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
            ways = {
                asyncio.ensure_future(self._ask(reader, to_server)),
                asyncio.ensure_future(self._reply(from_server, writer)),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                to_server.transport.abort()
                for each in ways:
                    each.cancel()
                await asyncio.gather(*ways, return_exceptions=True)

    async def _ask(self, reader: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
        while data := await reader.read(READ_BYTES):
            self.asked += data
            to_server.write(data)
            await to_server.drain()

    async def _reply(self, from_server: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await from_server.read(READ_BYTES):
            await self._speaking.wait()
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            writer.write(data)
            await writer.drain()
