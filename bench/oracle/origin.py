"""The recording origin: answers as the scenario says and keeps every request as it came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from bench.oracle.scenario import Answer, Body
from bench.oracle.wire import MAX_HEAD_BYTES, Message, length_of, read_body, read_head, send

BODYLESS = (204, 304)
END_S = 0.5


class Origin:
    """An origin on a port of the loopback; `seen` are its requests in the order in which they arrived."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self._answers = answers
        self._tasks: set[asyncio.Task[None]] = set()
        self.seen: list[Message] = []
        self.port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Origin]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=MAX_HEAD_BYTES)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await self._end()

    async def _end(self) -> None:
        """Let connections whose other side has gone end by themselves, so that what was cut off is seen; then all."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=END_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (head := await read_head(reader)) is not None:
                body, whole = await read_body(reader, head[1])
                self.seen.append(Message(*head, body, whole))
                if not whole or not await self._respond(writer, *head[0].split()[:2]):
                    break
        except ConnectionError:
            return
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _respond(self, writer: asyncio.StreamWriter, method: str, target: str) -> bool:
        """Answer, or tell the caller to hang up."""
        answer = self._answers.get(target.partition("?")[0], Answer())
        await asyncio.sleep(answer.delay_s)
        if answer.hangs_up:
            return False
        headers, body = answer.headers, answer.body
        if not body.pieces and not body.chunked and answer.status not in BODYLESS:
            headers = (*headers, ("Content-Length", "0"))
        if method == "HEAD":
            headers, body = (*headers, *length_of(body)), Body()
        await send(writer, f"HTTP/1.1 {answer.status} Oracle", headers, body)
        return not body.cut
