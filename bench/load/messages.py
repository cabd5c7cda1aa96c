"""HTTP/1.1 as the load's clients and origin speak it: whole messages, and errors that tell a reset from an end."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

MAX_HEAD_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Head:
    """A message without its body: the words of its first line, and its fields by their names in lower case."""

    words: list[str]
    fields: Mapping[str, str]

    @property
    def status(self) -> int:
        return int(self.words[1])

    @property
    def length(self) -> int:
        return int(self.fields.get("content-length", 0))

    @property
    def closes(self) -> bool:
        """Tell whether nothing more may be asked on the connection (RFC 9112 §9.3)."""
        return "close" in self.fields.get("connection", "").lower()


async def read_head(reader: asyncio.StreamReader) -> Head:
    """Read a head; raises EOFError or ConnectionError where none comes."""
    start, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1").split("\r\n")
    named = (line.partition(":") for line in lines)
    return Head(start.split(" "), {name.lower(): value.strip() for name, _, value in named})


async def read_body(reader: asyncio.StreamReader, head: Head) -> bytes:
    """Read the body that a head announces; raises EOFError where it ends early."""
    if "chunked" not in head.fields.get("transfer-encoding", ""):
        return await reader.readexactly(head.length)
    pieces = []
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        pieces.append(await reader.readexactly(size))
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return b"".join(pieces)


def written(start: str, fields: Mapping[str, str]) -> bytes:
    """Write a head."""
    return "".join([f"{start}\r\n", *(f"{name}: {value}\r\n" for name, value in fields.items()), "\r\n"]).encode()
