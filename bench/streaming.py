"""Long bodies, made and checked piece by piece: an origin (`python -m bench.streaming PORT`) and a client.

No more than a piece is ever held. Every piece starts with its number, so the checksum tells lost, doubled or
swapped ones.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass

PIECE_BYTES = 64 * 1024
_FILL = bytes(range(256)) * (PIECE_BYTES // 256)


@dataclass(frozen=True)
class Received:
    """What arrived at the far end."""

    size_bytes: int
    checksum: int


@dataclass(frozen=True)
class Pace:
    """How slowly one side reads: not at all for a while, then so many bytes a second."""

    stall_s: float = 0.0
    bytes_per_s: float = float("inf")


def pieces(size_bytes: int) -> Iterator[bytes]:
    """Yield a body of this size."""
    for number, start in enumerate(range(0, size_bytes, PIECE_BYTES)):
        piece = number.to_bytes(8, "big") + _FILL[8:]
        yield piece[: size_bytes - start]


def expected(size_bytes: int) -> Received:
    """Return what a body of this size looks like when it has arrived whole."""
    checksum = 0
    for piece in pieces(size_bytes):
        checksum = zlib.crc32(piece, checksum)
    return Received(size_bytes, checksum)


async def receive(reader: asyncio.StreamReader, size_bytes: int, pace: Pace) -> Received:
    """Read a body of this length at a pace; raises EOFError where it ends early."""
    checksum = 0
    received = 0
    async for piece in paced(reader, size_bytes, pace):
        checksum = zlib.crc32(piece, checksum)
        received += len(piece)
    return Received(received, checksum)


async def paced(reader: asyncio.StreamReader, size_bytes: int, pace: Pace) -> AsyncIterator[bytes]:
    await asyncio.sleep(pace.stall_s)
    started = time.monotonic()
    received = 0
    while received < size_bytes:
        piece = await reader.read(min(PIECE_BYTES, size_bytes - received))
        if not piece:
            raise EOFError(f"the body ended after {received} of {size_bytes} bytes")
        received += len(piece)
        yield piece
        early_s = started + received / pace.bytes_per_s - time.monotonic()
        if early_s > 0.005:
            await asyncio.sleep(early_s)


async def send(writer: asyncio.StreamWriter, size_bytes: int) -> None:
    for piece in pieces(size_bytes):
        writer.write(piece)
        await writer.drain()


@dataclass(frozen=True)
class Head:
    """A message head of either side: its first line's words and its Content-Length, 0 where there is none."""

    words: list[str]
    length: int


async def read_head(reader: asyncio.StreamReader) -> Head:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return Head(lines[0].split(), int(fields.get("content-length", 0)))


async def download(port: int, size_bytes: int, pace: Pace) -> Received:
    """Fetch a body through a proxy and read it at a pace."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=PIECE_BYTES)
    try:
        writer.write(request(port, f"GET /down/{size_bytes}"))
        head = await read_head(reader)
        return await receive(reader, head.length, pace)
    finally:
        await close(writer)


async def upload(port: int, size_bytes: int, pace: Pace) -> Received:
    """Send a body through a proxy as fast as it goes, to an origin that reads it at a pace."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=PIECE_BYTES)
    try:
        path = f"/up/{pace.stall_s:g}/{pace.bytes_per_s:g}"
        writer.write(request(port, f"POST {path}", f"Content-Length: {size_bytes}\r\n"))
        await send(writer, size_bytes)
        head = await read_head(reader)
        return Received(**json.loads(await reader.readexactly(head.length)))
    finally:
        await close(writer)


def request(port: int, start: str, fields: str = "") -> bytes:
    return f"{start} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{fields}\r\n".encode()


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one connection: `GET /down/<bytes>` sends, `POST /up/<stall>/<rate>` reads and says what it read."""
    with suppress(asyncio.IncompleteReadError, ConnectionError, EOFError):
        while True:
            head = await read_head(reader)
            kind, *values = head.words[1].strip("/").split("/")
            if kind == "down":
                size_bytes = int(values[0])
                writer.write(response_head(size_bytes))
                await send(writer, size_bytes)
            else:
                received = await receive(reader, head.length, Pace(float(values[0]), float(values[1])))
                body = json.dumps({"size_bytes": received.size_bytes, "checksum": received.checksum}).encode()
                writer.write(response_head(len(body)) + body)
    await close(writer)


def response_head(length: int) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n".encode()


async def serve(port: int) -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", port, limit=PIECE_BYTES)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
