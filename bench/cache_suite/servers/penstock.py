"""Penstock as this checkout has it: one worker, its cache in memory alone or with Redis behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from bench.cache_suite.servers.server import Place, Server
from bench.peers.penstock import Penstock as PenstockPeer
from bench.process import Process
from bench.redis import find_redis, start_redis

PEER = PenstockPeer()

CHOSEN = {"use": "default", "stale_unreachable": "1h"}


class Penstock(Server):
    """Two choices go beyond the defaults, for the suite could not ask some of its cases without them.

    It asks when a stale response must not be served of those that serve one while the origin does not answer, and what
    a method does that no registry knows: such a method has to be allowed by name.
    """

    def __init__(self, name: str, title: str, redis: bool = False, memory: str = "64MiB") -> None:
        self.name = name
        self.title = title
        self._redis_port: int | None = None
        self._with_redis = redis
        self._memory = memory

    def find(self) -> Path:
        if self._with_redis:
            find_redis()
        return PEER.find()

    def version(self) -> str:
        return PEER.version()

    def files(self, place: Place) -> dict[str, str]:
        return {"penstock.yaml": yaml.safe_dump(configuration(place, self._memory, self._redis_port), sort_keys=False)}

    def command(self, place: Place) -> list[str | Path]:
        return [self.find(), "run", place.directory / "penstock.yaml"]

    @contextmanager
    def running(self, directory: Path, origin_port: int) -> Iterator[Process]:
        if not self._with_redis:
            with super().running(directory, origin_port) as process:
                yield process
            return
        with start_redis(directory) as redis:
            self._redis_port = redis.port
            with super().running(directory, origin_port) as process:
                yield process


def configuration(place: Place, memory: str, redis_port: int | None) -> dict[str, Any]:
    cache: dict[str, Any] = {"memory": memory}
    if redis_port is not None:
        # What is judged is not how fast a machine is that runs 25 cases at once.
        cache["redis"] = {"url": f"redis://127.0.0.1:{redis_port}/0", "timeout": "1s"}
    return {
        "version": 1,
        "workers": 1,
        "listeners": [{"name": "public", "address": f"127.0.0.1:{place.port}"}],
        "upstreams": {"origin": {"endpoints": [{"address": f"127.0.0.1:{place.origin_port}"}]}},
        "caches": {"default": cache},
        "routes": [{"name": "all", "allow_methods": ["M-SEARCH"], "cache": CHOSEN, "upstream": "origin"}],
    }
