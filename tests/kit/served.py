"""`penstock run` in a process of its own, with one worker, and what can be seen of that worker from outside."""

from __future__ import annotations

import asyncio
import os
import pathlib
import re
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from proxy.runtime import monotonic

PATIENCE_S = 30.0
_PROGRAM = "import sys; from config.cli import main; sys.exit(main())"
_ROOT = str(pathlib.Path(__file__).parents[2])


@dataclass(frozen=True, slots=True)
class Served:
    """`pid` is the worker's."""

    address: tuple[str, int]
    admin: str
    pid: int

    async def metric(self, line: str) -> float:
        """Return the value of a sample, named as in /metrics; 0 where it is not there."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.admin}metrics") as answer:
            found = re.search(rf"^penstock_{re.escape(line)} (\S+)", await answer.text(), re.MULTILINE)
        return float(found[1]) if found else 0.0

    def resident_bytes(self) -> int:
        """Return how much memory of its own the worker has; what files lend it does not count."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"RssAnon:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024

    def waited_s(self) -> float:
        """Return for how long the worker's loop has waited for a processor in all its life."""
        return _waited_s(f"/proc/{self.pid}/task/{self.pid}/schedstat")


def _waited_s(path: str) -> float:
    return int(pathlib.Path(path).read_text().split()[1]) / 1e9


class Pulse(threading.Thread):
    """Asks for a page that the worker refuses at once, again and again; `longest_s` is how long it once took.

    A thread with a plain socket, so that a busy test does not count; nor does a busy machine, as far as it tells.
    """

    def __init__(self, served: Served) -> None:
        super().__init__(daemon=True)
        self._served, self._ended = served, threading.Event()
        self.longest_s = 0.0

    def run(self) -> None:
        with socket.create_connection(self._served.address) as connection:
            connection.settimeout(PATIENCE_S)
            while not self._ended.wait(0.005):
                self._beat(connection)

    def _beat(self, connection: socket.socket) -> None:
        begun, excused_s = monotonic(), self._excused_s()
        connection.sendall(b"GET /nowhere HTTP/1.1\r\nHost: example.test\r\n\r\n")
        answer = b""
        while b"id: " not in answer:
            answer += connection.recv(65536)
        took_s = monotonic() - begun
        self.longest_s = max(self.longest_s, took_s - (self._excused_s() - excused_s))

    def _excused_s(self) -> float:
        return self._served.waited_s() + _waited_s("/proc/thread-self/schedstat")

    def stop(self) -> float:
        self._ended.set()
        self.join()
        return self.longest_s


@asynccontextmanager
async def served(directory: pathlib.Path, configuration: str) -> AsyncIterator[Served]:
    """Run a configuration with one listener and an admin, both on free ports; paths start from the directory."""
    (directory / "penstock.yaml").write_text(configuration)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", _PROGRAM, "run", "penstock.yaml"),
        cwd=directory,
        env=os.environ | {"PYTHONPATH": _ROOT, "XDG_CACHE_HOME": str(directory)},
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    reading = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            ready = (await process.stderr.readline()).decode()
        found = re.fullmatch(r"penstock: ready, 1 worker; \w+ on (\S+):(\d+), admin on (\S+)\n", ready)
        assert found, ready
        reading = asyncio.create_task(process.stderr.read())
        yield Served((found[1], int(found[2])), found[3], await _worker_pid(found[3]))
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            await process.wait()
            if reading is not None:
                await reading


async def _worker_pid(admin: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"{admin}healthz") as answer:
        workers = (await answer.json())["workers"]
    return int(workers[0]["pid"])
