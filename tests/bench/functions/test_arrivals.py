"""Requests that come by chance: how many, when, and what their times come to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from bench.functions.arrivals import Asker, moments, percentile
from bench.process import BenchError


def test_as_many_come_as_the_rate_says_within_the_time_and_in_order():
    due = list(moments(500, 10))
    assert 4700 < len(due) < 5300
    assert due == sorted(due)
    assert due[0] > 0
    assert due[-1] < 10


def test_a_seed_stands_for_the_same_moments():
    assert list(moments(100, 1, seed=3)) == list(moments(100, 1, seed=3)) != list(moments(100, 1, seed=4))


@pytest.mark.parametrize(("percent", "found"), [(50, 5), (99, 10), (100, 10), (10, 1), (0, 1)])
def test_a_percentile_is_one_of_the_times(percent: float, found: float):
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], percent) == found


class Site:
    """A server that ends each connection after two requests, as it says in the second answer, and who asks it."""

    def __init__(self, status: int) -> None:
        self._status, self.connections = status, 0
        self.handlers: set[asyncio.Task[None] | None] = set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.handlers.add(asyncio.current_task())
        with suppress(EOFError):
            for field in ("", "Connection: close\r\n"):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(f"HTTP/1.1 {self._status} OK\r\n{field}Content-Length: 2\r\n\r\nok".encode())
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def serving(status: int = 200) -> AsyncIterator[tuple[Site, Asker]]:
    site = Site(status)
    async with await asyncio.start_server(site.accept, "127.0.0.1", 0) as server:
        asker = Asker(server.sockets[0].getsockname()[1])
        yield site, asker
        await asker.close()
        await asyncio.gather(*filter(None, site.handlers))


async def test_a_connection_is_kept_until_its_server_ends_it() -> None:
    async with serving() as (site, asker):
        assert [await asker.ask("/") for _ in range(4)] == [b"ok"] * 4
        assert site.connections == 2


async def test_each_request_that_comes_by_chance_is_timed() -> None:
    async with serving() as (_, asker):
        taken = await asker.arriving("/", 200, 0.1)
        assert len(taken) == len(list(moments(200, 0.1)))
        assert min(taken) > 0


async def test_another_status_is_an_error() -> None:
    async with serving(503) as (_, asker):
        with pytest.raises(BenchError, match="503 for /hello"):
            await asker.ask("/hello")


async def test_a_connection_that_was_ended_while_idle_is_not_used() -> None:
    async with serving() as (site, asker):
        await asker.connect(1)
        ((reader, _),) = asker._idle
        reader.feed_eof()
        assert await asker.ask("/") == b"ok"
        assert site.connections == 2
