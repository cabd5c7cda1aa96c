"""Many calls that wait at once: what they take together, and what plain traffic beside them notices."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench.check import ask
from bench.functions.arrivals import Asker
from bench.functions.latency import Latency
from bench.functions.site import Site, expect_body, route
from bench.guests import compiled
from bench.memory import ROOT
from bench.origin import start_origin
from bench.peers.peer import Server
from bench.process import BenchError, Cores, Process, free_port, on_cores
from bench.works import SMALL_ANSWER

CALLS: Final = 200
WAIT_MS: Final = 100
WAITED: Final = b"it has waited"
LATE: Final = b"late\n"
PLAIN_PER_SECOND: Final = 200
PLAIN_CONNECTIONS: Final = 8
STARTING_S: Final = 1.5
"""How long the process that makes bursts takes until it does."""


@dataclass(frozen=True)
class Waiting:
    """`bursts_ms` are what each burst took in all. The plain requests: alone, and with bursts of each kind beside.

    `proxied` are bursts of as many plain requests for what waits as long, which no guest has to do with.
    """

    bursts_ms: Sequence[float]
    alone: Latency
    beside_calls: Latency
    beside_proxied: Latency

    @property
    def burst_ms(self) -> float:
        return median(self.bursts_ms)


@contextmanager
def running(directory: Path, cores: Cores) -> Iterator[Server]:
    """Start a worker, an origin that answers at once, and one that waits."""
    port = free_port()
    command = [sys.executable, "-m", "bench.functions.slow_origin", str(port), str(WAIT_MS)]
    slow = Process("slow_origin", command, directory, port, cores.others, {"PYTHONPATH": str(ROOT)})
    with slow, start_origin(directory, cores) as origin:
        slow.wait_until_listening()
        site = Site(directory / "waiting", cores, document(slow.port, origin.port))
        (site.directory / "waiting.wasm").write_bytes(compiled("waiting"))
        with site.running() as server:
            yield server


def document(slow_port: int, origin_port: int) -> dict[str, object]:
    waiting = {
        "module": "waiting.wasm",
        "config": WAITED.decode(),
        "secrets": {"URL": f"http://127.0.0.1:{slow_port}/"},
        "allow": {
            "secrets": ["URL"],
            "http": {"hosts": [f"127.0.0.1:{slow_port}"], "plain": True, "networks": ["127.0.0.0/8"]},
        },
    }
    return {
        "functions": {"named": {"waiting": waiting}},
        "upstreams": {
            "origin": {"endpoints": [f"127.0.0.1:{origin_port}"]},
            "slow": {"endpoints": [f"127.0.0.1:{slow_port}"]},
        },
        "routes": [
            route("waiting"),
            {"name": "proxied", "match": {"path": {"exact": "/proxied"}}, "upstream": "slow"},
            {"name": "plain", "upstream": "origin"},
        ],
    }


async def measure(server: Server, seconds: float, cores: Cores) -> Waiting:
    """Take bursts of each kind for a while, and plain requests alone and beside them."""
    for path, body in (("/waiting", WAITED), ("/proxied", LATE), ("/small", SMALL_ANSWER)):
        expect_body(path, ask(server, path)[2], body)
    plain = Asker(server.port)
    try:
        await plain.connect(PLAIN_CONNECTIONS)
        bursts_ms = await bursts(server, "/waiting", seconds, cores)
        alone = await arriving(plain, seconds)
        beside = []
        for path in ("/waiting", "/proxied"):
            going = asyncio.create_task(bursts(server, path, seconds + STARTING_S, cores))
            await asyncio.sleep(STARTING_S)
            beside.append(await arriving(plain, seconds))
            await going
        return Waiting(bursts_ms, alone, *beside)
    finally:
        await plain.close()


async def arriving(plain: Asker, seconds: float) -> Latency:
    return Latency.of(await plain.arriving("/small", PLAIN_PER_SECOND, seconds))


async def bursts(server: Server, path: str, seconds: float, cores: Cores) -> list[float]:
    """Let a process of its own ask, which does not keep this one from its plain requests."""
    module = "bench.functions.bursts"
    with on_cores(cores.others):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, str(server.port), path, str(CALLS), f"{seconds:g}"),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
    told, _ = await process.communicate()
    if process.returncode:
        raise BenchError(f"the bursts for {path} failed\n{server.log_tail()}")
    taken: list[float] = json.loads(told)
    return taken
