"""Messages are read whole or not at all."""

from __future__ import annotations

import asyncio

import pytest

from bench.load.messages import read_body, read_head, written


def reader(data: bytes) -> asyncio.StreamReader:
    found = asyncio.StreamReader()
    found.feed_data(data)
    found.feed_eof()
    return found


async def read(data: bytes) -> bytes:
    found = reader(data)
    return await read_body(found, await read_head(found))


async def test_a_head_has_its_status_and_fields():
    head = await read_head(reader(b"HTTP/1.1 204 No Content\r\nConnection: Close\r\n\r\n"))
    assert (head.status, head.length, head.closes) == (204, 0, True)


async def test_a_body_of_a_length_is_read():
    assert await read(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc") == b"abc"


async def test_a_body_in_chunks_is_read():
    coded = b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nX: y\r\n\r\n"
    assert await read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + coded) == b"abc0123456789"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
)
async def test_what_ends_early_is_an_error(data: bytes):
    with pytest.raises(EOFError):
        await read(data)


def test_a_head_is_written_with_its_fields():
    assert written("GET / HTTP/1.1", {"Host": "a"}) == b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
