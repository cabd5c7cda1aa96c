"""What a guest waits for a value of the functions' cache: from its worker's memory, and from Redis."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from struct import iter_unpack
from typing import Any, Final

from bench.check import ask
from bench.functions.arrivals import percentile
from bench.functions.site import Site, route
from bench.guests import compiled
from bench.peers.peer import Server
from bench.process import BenchError, Cores
from bench.redis import start_redis
from wasm_host.functions.stores.cache import BRIEFLY_S

NEAR_GETS: Final = 1000


@dataclass(frozen=True)
class CacheGets:
    """In microseconds, on the guest's clock: of each run the mean from memory, and of each get from Redis."""

    near_us: Sequence[float]
    far_us: Sequence[float]

    @property
    def memory_us(self) -> float:
        return median(self.near_us)

    @property
    def redis_ms(self) -> float:
        return median(self.far_us) / 1000

    @property
    def redis_p99_ms(self) -> float:
        return percentile(self.far_us, 99) / 1000


def measure(directory: Path, runs: int, cores: Cores) -> CacheGets:
    """Let a guest store values, and get them from memory and, once that has forgotten them, from Redis."""
    with start_redis(directory, cores.others) as redis:
        site = Site(directory / "cache", cores, document(redis.port))
        (site.directory / "cache_gets.wasm").write_bytes(compiled("cache_gets"))
        with site.running() as server:
            told(server, "s")
            near_us, far_us = [], []
            for _ in range(runs):
                near_us += [total_us / NEAR_GETS for total_us in told(server, "n")]
                time.sleep(2 * BRIEFLY_S)
                far_us += told(server, "f")
            return CacheGets(near_us, far_us)


def document(redis_port: int) -> dict[str, Any]:
    function = {
        "module": "cache_gets.wasm",
        "allow": {"cache": True, "time": True},
        "limits": {"cpu": "5s"},
    }
    cache = {"redis": f"redis://127.0.0.1:{redis_port}/0"}
    return {"functions": {"cache": cache, "named": {"gets": function}}, "routes": [route("gets")]}


def told(server: Server, letter: str) -> list[int]:
    """Have the guest do what a letter stands for; returns the µs that it tells of."""
    status, _, body = ask(server, f"/gets?{letter}")
    if status != 200:
        raise BenchError(f"{status} for /gets?{letter}\n{server.log_tail()}")
    return [us for (us,) in iter_unpack("<I", body)]
