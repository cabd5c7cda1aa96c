"""Requests that come by chance: how many, when, and what their times come to."""

from __future__ import annotations

import asyncio
from contextlib import suppress

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


class Server:
    """Answers with a status, and closes each connection after two requests, as it says."""

    def __init__(self, status: int = 200) -> None:
        self._status, self.connections = status, 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError):
            for field in ("", "Connection: close\r\n"):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(f"HTTP/1.1 {self._status} OK\r\n{field}Content-Length: 2\r\n\r\nok".encode())
        writer.close()


async def test_a_connection_is_kept_until_its_server_ends_it() -> None:
    made = Server()
    async with await asyncio.start_server(made, "127.0.0.1", 0) as server:
        asker = Asker(server.sockets[0].getsockname()[1])
        assert [await asker.ask("/") for _ in range(4)] == [b"ok"] * 4
        assert made.connections == 2
        await asker.close()


async def test_each_request_that_comes_by_chance_is_timed() -> None:
    async with await asyncio.start_server(Server(), "127.0.0.1", 0) as server:
        asker = Asker(server.sockets[0].getsockname()[1])
        taken = await asker.arriving("/", 200, 0.1)
        assert len(taken) == len(list(moments(200, 0.1)))
        assert min(taken) > 0
        await asker.close()


async def test_another_status_is_an_error() -> None:
    async with await asyncio.start_server(Server(503), "127.0.0.1", 0) as server:
        asker = Asker(server.sockets[0].getsockname()[1])
        with pytest.raises(BenchError, match="503 for /hello"):
            await asker.ask("/hello")
        await asker.close()


async def test_a_connection_that_was_ended_while_idle_is_not_used() -> None:
    made = Server()
    async with await asyncio.start_server(made, "127.0.0.1", 0) as server:
        asker = Asker(server.sockets[0].getsockname()[1])
        await asker.connect(1)
        (reader, _) = asker._idle[0]
        reader.feed_eof()
        assert await asker.ask("/") == b"ok"
        assert made.connections == 2
        await asker.close()
