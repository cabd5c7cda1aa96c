"""The origin that lets everybody wait, and bursts that meet it."""

from __future__ import annotations

import asyncio

from bench.functions.arrivals import Asker
from bench.functions.bursts import bursts
from bench.functions.slow_origin import Waiting


async def test_all_of_a_burst_are_answered_over_connections_that_are_kept() -> None:
    made: list[Waiting] = []

    def one() -> Waiting:
        made.append(Waiting(0.01))
        return made[-1]

    server = await asyncio.get_running_loop().create_server(one, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert len(await bursts(port, "/", 5, 0.0)) == 0
        assert len(made) == 5
        asker = Asker(port)
        assert [await asker.ask("/") for _ in range(3)] == [b"late\n"] * 3
        await asker.close()
        assert len(made) == 6
