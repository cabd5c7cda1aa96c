"""`penstock demo` in a process of its own, on free ports."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Mapping
from typing import Self

PATIENCE_S = 20.0
VARIABLES = ("PENSTOCK_PORT", "ADMIN_PORT", "DEMO_PORT", "NEXT_PORT")


def free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago, all of them others."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in opened:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in opened]


class Demo:
    """`said` is what it printed, both streams in one, line by line."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self.port, self.admin_port, self.origin_port, self.next_port = ports = free_ports(4)
        named = {name: str(port) for name, port in zip(VARIABLES, ports, strict=True)}
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", **named, **(environment or {})}
        self.said: list[str] = []

    def url(self, target: str = "/", *, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{target}"

    async def start(self) -> None:
        """Start it, and wait for no more than that."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-c",
            "from config.cli import main; main(prog_name='penstock')",
            "demo",
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._ready = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.said.append(line.decode().rstrip("\n"))
            if line.startswith(b"penstock: ready"):
                self._ready.set()
        self._ready.set()

    async def __aenter__(self) -> Self:
        await self.start()
        async with asyncio.timeout(PATIENCE_S):
            await self._ready.wait()
        assert any(line.startswith("penstock: ready") for line in self.said), self.said
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        await self.ended()

    async def ended(self) -> int:
        """Wait for its end; returns the exit status."""
        async with asyncio.timeout(PATIENCE_S):
            status = await self.process.wait()
            await self._reading
        return status
