"""How long answers take at a steady rate: a function's, and the same from the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.functions.arrivals import Asker, percentile
from bench.peers.peer import Server

PER_SECOND: Final = 500
CONNECTIONS: Final = 8
WARM_UP_S: Final = 0.5


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

    @classmethod
    def middle(cls, rounds: Sequence[Latency]) -> Latency:
        """Return the medians over some rounds."""
        return cls(
            sum(each.requests for each in rounds),
            median(each.p50_ms for each in rounds),
            median(each.p99_ms for each in rounds),
            median(each.most_ms for each in rounds),
        )


@dataclass(frozen=True)
class Steady:
    """What each took, in rounds by turns."""

    static: Sequence[Latency]
    hello: Sequence[Latency]


async def measure(server: Server, rounds: int, seconds: float) -> Steady:
    """Ask for both by turns, over warm connections."""
    asker = Asker(server.port)
    rounds_of: dict[str, list[Latency]] = {"/static": [], "/hello": []}
    try:
        await asker.connect(CONNECTIONS)
        for path in rounds_of:
            await asker.arriving(path, PER_SECOND, WARM_UP_S)
        for _ in range(rounds):
            for path, taken in rounds_of.items():
                taken.append(Latency.of(await asker.arriving(path, PER_SECOND, seconds)))
        return Steady(rounds_of["/static"], rounds_of["/hello"])
    finally:
        await asker.close()
