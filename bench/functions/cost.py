"""What a call of the smallest function costs: CPU time per request, beside the same answer from the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench.check import ask
from bench.functions.site import GREETING, HELLO, STATIC, Site, expect_body, route
from bench.peers.peer import Server
from bench.process import BenchError, Cores
from bench.works import CONNECTIONS
from bench.wrk import DONE, run

WARM_UP_S: Final = 1.0
PATHS: Final = ("/static", "/hello")


@dataclass(frozen=True)
class Round:
    """CPU time of Penstock with its supervisor, per request."""

    static_us: float
    hello_us: float


@dataclass(frozen=True)
class Cost:
    rounds: Sequence[Round]

    @property
    def static_us(self) -> float:
        return median(each.static_us for each in self.rounds)

    @property
    def hello_us(self) -> float:
        return median(each.hello_us for each in self.rounds)

    @property
    def added_us(self) -> float:
        """Return the median of the rounds' differences."""
        return median(each.hello_us - each.static_us for each in self.rounds)


def hello_site(directory: Path, cores: Cores) -> Site:
    return Site(directory, cores, {"functions": {"named": {"hello": HELLO}}, "routes": [STATIC, route("hello")]})


def measure(server: Server, directory: Path, rounds: int, seconds: float, cores: Cores) -> Cost:
    """Ask for both by turns, as fast as they come."""
    for path in PATHS:
        expect_body(path, ask(server, path)[2], GREETING)
        take(server, path, directory, WARM_UP_S, cores)
    return Cost([Round(*(take(server, path, directory, seconds, cores) for path in PATHS)) for _ in range(rounds)])


def take(server: Server, path: str, directory: Path, seconds: float, cores: Cores) -> float:
    """Return the µs of CPU time that a request took; raises BenchError if any failed."""
    script = directory / "load.lua"
    script.write_text(DONE)
    before = server.cpu_ns()
    load = run(script, f"http://{server.address}{path}", CONNECTIONS, seconds, cores.others)
    if load.failed or not load.requests:
        raise BenchError(f"{load.failed} of {load.requests} requests for {path} failed\n{server.log_tail()}")
    return (server.cpu_ns() - before) / 1000 / load.requests
