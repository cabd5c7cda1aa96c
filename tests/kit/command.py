"""`penstock run` as a command of its own, with a pid file: for upgrades, and for what starts it as systemd does."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from kit.supervised import eventually

PROGRAM = "import sys; from config.cli import main; sys.exit(main())"


class Command:
    """`pid` is the process that serves now; `lines` are what it and its kin wrote to standard error."""

    def __init__(self, process: asyncio.subprocess.Process, pid_file: Path) -> None:
        self.process, self.pid_file = process, pid_file
        self.lines: list[str] = []

    @property
    def pid(self) -> int:
        return int(self.pid_file.read_text())

    async def read(self) -> None:
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            self.lines.append(line.decode().rstrip())

    async def said(self, pattern: str) -> re.Match[str]:
        """Wait for a line that has the pattern in it; returns the last."""
        found: list[re.Match[str]] = []

        async def is_said() -> bool:
            found[:] = [each for line in self.lines if (each := re.search(pattern, line))]
            return bool(found)

        await eventually(is_said, f"{pattern!r} in {self.lines}")
        return found[-1]

    async def upgrade(self) -> None:
        """Have a successor take over, and wait until it says that it is ready."""
        former = self.pid
        ready = sum("penstock: ready" in line for line in self.lines)
        os.kill(former, signal.SIGUSR2)

        async def succeeded() -> bool:
            return self.pid != former and sum("penstock: ready" in line for line in self.lines) > ready

        await eventually(succeeded, "a successor")


@asynccontextmanager
async def penstock_run(
    directory: Path, *, before: Sequence[str] = (), descriptors: Sequence[int] = (), environment: Mapping[str, str] = {}
) -> AsyncIterator[Command]:
    """Run the directory's `penstock.yaml`, as an argument of `before` if given, until the end of the last successor."""
    pid_file = directory / "penstock.pid"
    arguments = [sys.executable, "-P", "-c", PROGRAM, "run", "penstock.yaml", "--pid-file", str(pid_file)]
    process = await asyncio.create_subprocess_exec(
        *before,
        *arguments,
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        stderr=subprocess.PIPE,
        pass_fds=descriptors,
    )
    command = Command(process, pid_file)
    reading = asyncio.create_task(command.read())
    last = process.pid
    try:
        yield command
    finally:
        with contextlib.suppress(OSError):
            last = command.pid
        for pid in {last, process.pid}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(60):
                await reading  # until the last of them has ended
                await process.wait()
        except TimeoutError:
            os.kill(last, signal.SIGKILL)
            raise
