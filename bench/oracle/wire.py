"""HTTP/1.1 as client and origin of the oracle speak it: plain, and independent of what is tested."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bench.oracle.scenario import Body, Header

MAX_HEAD_BYTES = 1 << 20


@dataclass(frozen=True)
class Message:
    """A message as it arrived; `whole` tells whether its body came to its end."""

    start: str
    headers: tuple[Header, ...]
    body: bytes
    whole: bool


async def read_head(reader: asyncio.StreamReader) -> tuple[str, tuple[Header, ...]] | None:
    """Return start line and headers; None where the other side closed instead."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    start, *lines = head.decode("latin-1").split("\r\n")[:-2]
    named = (line.partition(":") for line in lines)
    return start, tuple((name, value.strip()) for name, _, value in named)


async def read_body(
    reader: asyncio.StreamReader, headers: Sequence[Header], until_close: bool = False
) -> tuple[bytes, bool]:
    """Return the body and whether it is whole."""
    values = {name.lower(): value for name, value in headers}
    received = bytearray()
    try:
        if values.get("transfer-encoding", "").lower() == "chunked":
            await _read_chunks(reader, received)
        elif "content-length" in values:
            await _read_exactly(reader, received, int(values["content-length"]))
        elif until_close:
            received += await reader.read(-1)
    except (asyncio.IncompleteReadError, ConnectionError):
        return bytes(received), False
    return bytes(received), True


async def _read_chunks(reader: asyncio.StreamReader, received: bytearray) -> None:
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        await _read_exactly(reader, received, size)
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass


async def _read_exactly(reader: asyncio.StreamReader, received: bytearray, size: int) -> None:
    try:
        received += await reader.readexactly(size)
    except asyncio.IncompleteReadError as error:
        received += error.partial
        raise


async def send(writer: asyncio.StreamWriter, start: str, headers: Sequence[Header], body: Body) -> None:
    """Write a message, its head and each piece of its body in segments of their own."""
    framing = [("Transfer-Encoding", "chunked")] if body.chunked or body.cut else length_of(body)
    lines = [start, *(f"{name}: {value}" for name, value in [*headers, *framing])]
    writer.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1"))
    await writer.drain()
    for segment in segments(body):
        await asyncio.sleep(body.pause_s)
        writer.write(segment)
        await writer.drain()


def length_of(body: Body) -> list[Header]:
    return [("Content-Length", str(sum(map(len, body.pieces))))] if body.pieces else []


def segments(body: Body) -> list[bytes]:
    if not body.chunked and not body.cut:
        return list(body.pieces)
    chunks = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in body.pieces]
    return chunks if body.cut else [*chunks, b"0\r\n\r\n"]
