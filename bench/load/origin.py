"""The origin behind the load: what it answers can be told from what it was asked.

A path's last words say what it does, whatever stands before them:
`plain/<bytes>/<name>` and `cached/<bytes>/<name>` answer with `body_of`, the second good for a while; `status/<code>`
fails; `cut/<bytes>` sends half; `down/<bytes>` sends a long body, `up` reads one and says what arrived; `echo` is a
WebSocket.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Self

from bench.load import frames
from bench.load.messages import MAX_HEAD_BYTES, Head, read_head, written
from bench.streaming import PIECE_BYTES, pieces

FRESH_S = 20
NOTHING: Mapping[str, str] = MappingProxyType({})
KINDS = ("plain", "cached", "status", "cut", "down", "up", "echo")


def body_of(target: str, size_bytes: int) -> bytes:
    """Return a body that no other target has."""
    return (f"{target}\n".encode() * (size_bytes // (len(target) + 1) + 1))[:size_bytes]


def asked_for(target: str) -> tuple[str, str]:
    """Return of which kind a target is, and its argument."""
    words = target.partition("?")[0].strip("/").split("/")
    at = next((at for at, word in enumerate(words) if word in KINDS), None)
    if at is None:
        return "plain", "100"
    return words[at], words[at + 1] if at + 1 < len(words) else ""


class Origin:
    """Serves on a free port of the loopback while the block runs.

    `half_read` are the names of uploads that have begun to arrive and not ended.
    """

    def __init__(self) -> None:
        self.half_read: set[str] = set()
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=MAX_HEAD_BYTES)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for each in self._connections:
            each.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(EOFError, ConnectionError):
                while await self._answer(await read_head(reader), reader, writer):
                    await writer.drain()
        finally:
            writer.close()

    async def _answer(self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; tells whether the connection may be used again."""
        kind, argument = asked_for(head.words[1])
        if kind == "up":
            await self._take(head, argument, reader, writer)
        elif kind == "echo":
            return await _echo(head, reader, writer)
        elif kind == "down":
            writer.write(_ok(int(argument)))
            for piece in pieces(int(argument)):
                writer.write(piece)
                await writer.drain()
        elif kind == "cut":
            writer.write(_ok(int(argument)) + body_of(head.words[1], int(argument) // 2))
            return False
        else:
            await reader.readexactly(head.length)
            writer.write(_answer(kind, argument, head.words[1]))
        return True

    async def _take(self, head: Head, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        checksum, left = 0, head.length
        try:
            while left:
                piece = await reader.read(min(left, PIECE_BYTES))
                if not piece:
                    raise EOFError(f"{left} bytes are missing")
                checksum, left = zlib.crc32(piece, checksum), left - len(piece)
                self.half_read.add(name)
        finally:
            self.half_read.discard(name)
        body = json.dumps({"size_bytes": head.length, "checksum": checksum}).encode()
        writer.write(_ok(len(body)) + body)


def _answer(kind: str, argument: str, target: str) -> bytes:
    if kind == "status":
        return written(f"HTTP/1.1 {argument} Said", {"Content-Length": "0"})
    body = body_of(target, int(argument))
    fields = {"Cache-Control": f"max-age={FRESH_S}", "Surrogate-Key": "all"} if kind == "cached" else {}
    return _ok(len(body), fields) + body


def _ok(length: int, fields: Mapping[str, str] = NOTHING) -> bytes:
    return written("HTTP/1.1 200 OK", {"Content-Type": "text/plain", "Content-Length": str(length), **fields})


async def _echo(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Accept a WebSocket and send every text back until it is closed."""
    switch = {"Connection": "Upgrade", "Upgrade": "websocket"}
    key = head.fields.get("sec-websocket-key", "")
    writer.write(written("HTTP/1.1 101 Switching Protocols", {**switch, "Sec-WebSocket-Accept": frames.accept(key)}))
    while True:
        opcode, payload = await frames.read_frame(reader)
        writer.write(frames.frame(opcode, payload, masked=False))
        if opcode == frames.CLOSE:
            return False
        await writer.drain()
