"""Bodies on their way in, byte by byte."""

from __future__ import annotations

import asyncio
import json
import pathlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from kit.admin import TOKENS, Visitor, visiting

HEAD = b"POST /cache/purge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
ORDER = b'{"all": true}'


@asynccontextmanager
async def connected(visitor: Visitor) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    host, _, port = visitor.url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        async with asyncio.timeout(20):
            yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


async def answer(reader: asyncio.StreamReader) -> tuple[int, str]:
    """Return the status and the error of an answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return int(head.split()[1]), json.loads(await reader.readexactly(size)).get("error", "")


async def test_a_client_that_waits_with_its_body_is_asked_for_it(visitor: Visitor) -> None:
    async with connected(visitor) as (reader, writer):
        writer.write(HEAD + b"Expect: 100-continue\r\nContent-Length: 13\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(ORDER)
        assert await answer(reader) == (200, "")


@pytest.mark.parametrize(("size", "status"), [(10**9, 413), (13, 401)])
async def test_one_whose_body_is_not_wanted_is_not(tmp_path: pathlib.Path, size: int, status: int) -> None:
    access = {"access": TOKENS} if status == 401 else {}
    async with visiting(tmp_path, **access) as visitor, connected(visitor) as (reader, writer):
        writer.write(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % size)
        assert (await answer(reader))[0] == status


async def test_a_body_in_pieces_is_put_together(visitor: Visitor) -> None:
    async with connected(visitor) as (reader, writer):
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        for number in range(len(ORDER)):
            writer.write(b"1\r\n%b\r\n" % ORDER[number : number + 1])
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        assert await answer(reader) == (200, "")


async def test_a_body_that_is_badly_framed_is_no_body(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.admin.body.TIMEOUT_S", 0.5)
    async with connected(visitor) as (reader, writer):
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        writer.write(b"nonsense\r\n\r\n")
        assert (await answer(reader))[0] in (400, 408)
    assert visitor.known.orders == []


async def test_a_body_that_does_not_come_is_408(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.admin.body.TIMEOUT_S", 0.05)
    async with connected(visitor) as (reader, writer):
        writer.write(HEAD + b"Content-Length: 13\r\n\r\n{")
        assert await answer(reader) == (408, "the body took longer than 0.05 s; send it at once")


async def test_a_client_that_leaves_in_mid_body_changes_nothing(visitor: Visitor) -> None:
    async with connected(visitor) as (_, writer):
        writer.write(HEAD + b"Content-Length: 13\r\n\r\n{")
        await writer.drain()
    assert (await visitor.get("/healthz"))[0] == 200
    assert visitor.known.orders == []
