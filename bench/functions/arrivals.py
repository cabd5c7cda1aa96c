"""An open loop: requests that come at moments left to chance, whether or not those before were answered.

A request's time counts from the moment at which it was due, so that what is slow does not hide the wait that it causes.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from itertools import accumulate, repeat, takewhile
from math import ceil
from typing import Final, TypeAlias

from bench.load.messages import MAX_HEAD_BYTES, read_body, read_head
from bench.process import BenchError
from proxy.runtime import monotonic  # uvloop's own clock counts in milliseconds

PATIENCE_S: Final = 30.0

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def moments(per_second: float, seconds: float, seed: int = 7) -> Iterator[float]:
    """Yield when requests are due, in seconds from the start: a Poisson process."""
    chance = random.Random(seed)
    gaps = map(chance.expovariate, repeat(per_second))
    return takewhile(lambda at: at < seconds, accumulate(gaps))


def percentile(times: Sequence[float], percent: float) -> float:
    """Return the least of the times that so many percent of them do not exceed."""
    return sorted(times)[max(0, ceil(len(times) * percent / 100) - 1)]


class Asker:
    """Asks one server over kept connections, as many as are in use at once."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[Streams] = []

    async def connect(self, count: int) -> None:
        """Have so many connections ready."""
        self._idle += await asyncio.gather(*(self._connected() for _ in range(count)))

    async def _connected(self) -> Streams:
        return await asyncio.open_connection("127.0.0.1", self._port, limit=MAX_HEAD_BYTES)

    async def _ready(self) -> Streams:
        while self._idle:
            reader, writer = streams = self._idle.pop()
            if not reader.at_eof():
                return streams
            writer.close()  # A listener ends what has been idle for long.
        return await self._connected()

    async def ask(self, path: str) -> bytes:
        """Return the body of an answer; raises BenchError for any other than 200."""
        reader, writer = streams = await self._ready()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: bench.test\r\n\r\n".encode())
        async with asyncio.timeout(PATIENCE_S):
            head = await read_head(reader)
            body = await read_body(reader, head)
        if head.closes or head.status != 200:  # A listener lets a connection have so many requests, and no more.
            writer.close()
        else:
            self._idle.append(streams)
        if head.status != 200:
            writer.close()
            raise BenchError(f"{head.status} for {path}: {body[:200]!r}")
        return body

    async def timed(self, path: str, due_at: float) -> float:
        """Ask when it is due; returns the seconds from then on."""
        await asyncio.sleep(due_at - monotonic())
        await self.ask(path)
        return monotonic() - due_at

    async def arriving(self, path: str, per_second: float, seconds: float) -> list[float]:
        """Ask at moments left to chance; returns the seconds that each answer took."""
        begun = monotonic()
        due = [begun + at for at in moments(per_second, seconds)]
        return await asyncio.gather(*(self.timed(path, at) for at in due))

    async def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for _, writer in self._idle), return_exceptions=True)
        self._idle.clear()
