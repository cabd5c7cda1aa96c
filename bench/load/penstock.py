"""Penstock under load: a process of its own, with its supervisor, which an upgrade replaces, and its workers."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

import yaml

from bench.load.messages import MAX_HEAD_BYTES, read_body, read_head, written
from bench.process import PROC, BenchError, Process

ROOT: Final = Path(__file__).parents[2]
PROGRAM: Final = "import sys; from config.cli import main; sys.exit(main(prog_name='penstock'))"
FILE: Final = "penstock.yaml"
PATIENCE_S: Final = 60.0
LOOK_S: Final = 0.03
SESSION: Final = 3
"""Where the session stands in /proc/<pid>/stat, counted behind the command's name (proc(5))."""


class Penstock:
    """Runs the directory's `penstock.yaml` while the block runs; `admin_port` is where its admin is to be."""

    def __init__(self, directory: Path, admin_port: int, environment: dict[str, str] | None = None) -> None:
        self.directory, self.admin_port = directory, admin_port
        self._environment = {"PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(directory), **(environment or {})}

    def write(self, document: dict[str, Any]) -> None:
        """Replace the configuration in one step; nothing reads it before it is told to."""
        fresh = self.directory / f"{FILE}.new"
        fresh.write_text(yaml.safe_dump(document, sort_keys=False))
        os.replace(fresh, self.directory / FILE)

    async def __aenter__(self) -> Self:
        command = [sys.executable, "-P", "-c", PROGRAM, "run", FILE]
        self._process = Process("penstock", command, self.directory, self.admin_port, environment=self._environment)
        try:
            await self.until(lambda: "penstock: ready" in self.log() or not self.family(), "it is ready")
            if not self.family():
                raise BenchError(f"it ended at once:\n{self.log_tail()}")
        except BaseException:
            self._process.stop()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for pid in self.supervisors() if kind is None else self.family():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM if kind is None else signal.SIGKILL)
        with suppress(BenchError):
            await self.until(lambda: not self.family(), "all have ended")
        self._process.stop()

    # -- its processes

    def family(self) -> list[int]:
        """Return all its processes that run: those of the session that was made for the first one."""
        return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and self._ours(entry)]

    def _ours(self, process: Path) -> bool:
        try:
            fields = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return False
        return int(fields[SESSION]) == self._process.pid and fields[0] not in "ZX"

    def supervisors(self) -> list[int]:
        """Return the process that keeps the workers; two while one takes over from the other."""
        return [pid for pid in self.family() if "run" in _words(pid)]

    @property
    def supervisor(self) -> int:
        found = self.supervisors()
        if not found:
            raise BenchError(f"there is no supervisor:\n{self.log_tail()}")
        return max(found, key=_started)

    async def workers(self) -> list[int]:
        """Return the pids of the workers that take connections."""
        _, health = await self.ask("GET", "/healthz")
        return [worker["pid"] for worker in health["workers"] if worker["ready"]]

    # -- what it is told and says

    async def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, Any]:
        """Ask the admin for something in JSON; returns status and what was said."""
        status, body = await self.read(method, path, fields)
        return status, json.loads(body)

    async def read(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.admin_port, limit=MAX_HEAD_BYTES)
            try:
                own = {"Host": "localhost", "Connection": "close", "Content-Length": "0"}
                writer.write(written(f"{method} {path} HTTP/1.1", {**own, **(fields or {})}))
                head = await read_head(reader)
                return head.status, (await read_body(reader, head)).decode()
            finally:
                writer.close()

    async def metric(self, series: str) -> float:
        """Return the value of a sample, named as in /metrics; 0 where there is none."""
        _, text = await self.read("GET", "/metrics")
        found = re.search(rf"^penstock_{re.escape(series)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    async def reload(self) -> str:
        """Have it read its configuration anew, by its admin; returns the outcome."""
        _, told = await self.ask("POST", "/reload")
        return str(told["outcome"])

    async def reload_by_signal(self) -> str:
        """Have it read its configuration anew, by SIGHUP; returns the outcome once its metrics tell one."""
        before = await self._reloads()
        self.signal(signal.SIGHUP)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if more := await self._reloads() - before:
                    return next(iter(more))
                await asyncio.sleep(LOOK_S)

    async def _reloads(self) -> Counter[str]:
        """Return how many there were, by outcome."""
        _, text = await self.read("GET", "/metrics")
        found = re.findall(r'^penstock_config_reloads_total\{outcome="(\w+)"\} (\S+)$', text, re.MULTILINE)
        return Counter({outcome: int(float(value)) for outcome, value in found})

    def signal(self, number: int) -> None:
        os.kill(self.supervisor, number)

    def log(self) -> str:
        return self._process.log()

    def log_tail(self) -> str:
        return self._process.log_tail(30)

    async def until_ready(self, *, without: Collection[int] = ()) -> None:
        """Wait until as many workers take connections as are wanted, and none of these processes is among them."""
        deadline = time.monotonic() + PATIENCE_S
        while not await self._ready(without):
            if time.monotonic() > deadline:
                raise BenchError(f"waited {PATIENCE_S:g} s for the workers:\n{self.log_tail()}")
            await asyncio.sleep(LOOK_S)

    async def _ready(self, without: Collection[int]) -> bool:
        try:
            status, _ = await self.ask("GET", "/readyz")
            return status == 200 and not set(without) & set(await self.workers())
        except (OSError, EOFError):
            return False

    async def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait until something holds; raises BenchError where it never does, or the process ended."""
        for _ in range(int(PATIENCE_S / LOOK_S)):
            if holds():
                return
            await asyncio.sleep(LOOK_S)
        raise BenchError(f"waited {PATIENCE_S:g} s until {what}:\n{self.log_tail()}")


def _words(pid: int) -> list[str]:
    try:
        return (PROC / str(pid) / "cmdline").read_text().split("\0")
    except OSError:
        return []


def _started(pid: int) -> int:
    """Return when a process started, in ticks since the machine did; 0 where it is gone."""
    try:
        return int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19])
    except OSError:
        return 0
