"""`penstock run` in a process of its own, with two workers and an admin on free ports."""

from __future__ import annotations

import asyncio
import os
import pathlib
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

PATIENCE_S = 30.0


class Run:
    """`lines` are what it wrote to stderr, `url` is its listener `public`, `admin` its admin."""

    def __init__(self, process: asyncio.subprocess.Process, session: aiohttp.ClientSession) -> None:
        self.process, self.session = process, session
        self.lines: list[str] = []
        self.url = self.admin = ""
        self.is_over = False

    async def read(self) -> None:
        assert self.process.stderr is not None
        while line := (await self.process.stderr.readline()).decode():
            self.lines.append(line.rstrip())

    def workers(self) -> list[int]:
        pid = self.process.pid
        return [int(each) for each in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    async def kill(self) -> None:
        """End it by SIGKILL, and wait until its workers have noticed."""
        workers, self.is_over = self.workers(), True
        self.process.kill()
        await self.process.wait()
        async with asyncio.timeout(PATIENCE_S):
            while any(map(_is_there, workers)):  # noqa: ASYNC110 - of what is no child nobody tells
                await asyncio.sleep(0.01)

    async def end(self) -> None:
        """End it by SIGTERM, in order."""
        self.is_over = True
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            assert await self.process.wait() == 0

    async def said(self, pattern: str) -> re.Match[str]:
        """Wait for a line."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for line in self.lines:
                    if found := re.fullmatch(pattern, line):
                        return found
                await asyncio.sleep(0.02)


def _is_there(pid: int) -> bool:
    """Tell whether a process runs; one that has ended, and that nobody has waited for, does not (proc_pid_stat(5))."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@asynccontextmanager
async def running(directory: pathlib.Path) -> AsyncIterator[Run]:
    """Run the directory's `penstock.yaml`, which has `workers: 2`, from when it is ready to its end."""
    program = "import sys; from config.cli import main; sys.exit(main())"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-c", program, "run", "penstock.yaml"),
        cwd=directory,
        env=os.environ | {"PYTHONPATH": str(pathlib.Path(__file__).parents[2])},
        stderr=asyncio.subprocess.PIPE,
    )
    async with aiohttp.ClientSession() as session:
        run = Run(process, session)
        reading = asyncio.create_task(run.read())
        try:
            found = await run.said(r"penstock: ready, 2 workers; public on (\S+), admin on (\S+)")
            run.url, run.admin = f"http://{found[1]}/", found[2]
            yield run
            if not run.is_over:
                await run.end()
        finally:
            if process.returncode is None:
                process.kill()
            await reading
            await process.wait()
