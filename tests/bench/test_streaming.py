"""Long bodies without a proxy between: the origin and the client agree."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from bench.streaming import PIECE_BYTES, Pace, answer, download, expected, pieces, upload

SIZES = [0, 1, PIECE_BYTES, 3 * PIECE_BYTES + 17]


@pytest.fixture
async def origin_port() -> AsyncIterator[int]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=PIECE_BYTES)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("size_bytes", SIZES)
def test_pieces_add_up_to_the_size(size_bytes: int):
    assert sum(map(len, pieces(size_bytes))) == size_bytes


def test_no_two_whole_pieces_are_alike():
    assert len(set(pieces(16 * PIECE_BYTES))) == 16


@pytest.mark.parametrize("size_bytes", SIZES)
async def test_a_download_arrives_whole(origin_port: int, size_bytes: int):
    assert await download(origin_port, size_bytes, Pace()) == expected(size_bytes)


@pytest.mark.parametrize("size_bytes", SIZES)
async def test_an_upload_arrives_whole(origin_port: int, size_bytes: int):
    assert await upload(origin_port, size_bytes, Pace()) == expected(size_bytes)


async def test_a_slow_reader_stalls_and_then_keeps_its_pace(origin_port: int):
    started = time.monotonic()
    await download(origin_port, 10 * PIECE_BYTES, Pace(stall_s=0.1, bytes_per_s=100 * PIECE_BYTES))
    assert time.monotonic() - started >= 0.19
