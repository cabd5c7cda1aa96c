"""How long a function takes to answer at a steady rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bench.functions.arrivals import Asker, percentile
from bench.peers.peer import Server

PER_SECOND: Final = 500
CONNECTIONS: Final = 8


@dataclass(frozen=True)
class Latency:
    """In milliseconds, from when a request was due."""

    requests: int
    p50_ms: float
    p99_ms: float
    most_ms: float

    @classmethod
    def of(cls, seconds: list[float]) -> Latency:
        p50, p99, most = (1000 * percentile(seconds, percent) for percent in (50, 99, 100))
        return cls(len(seconds), p50, p99, most)


async def measure(server: Server, path: str, seconds: float) -> Latency:
    asker = Asker(server.port)
    try:
        await asker.connect(CONNECTIONS)
        await asker.arriving(path, PER_SECOND, 0.5)
        return Latency.of(await asker.arriving(path, PER_SECOND, seconds))
    finally:
        await asker.close()
