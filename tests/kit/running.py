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

    async def read(self) -> None:
        assert self.process.stderr is not None
        while line := (await self.process.stderr.readline()).decode():
            self.lines.append(line.rstrip())

    async def said(self, pattern: str) -> re.Match[str]:
        """Wait for a line."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for line in self.lines:
                    if found := re.fullmatch(pattern, line):
                        return found
                await asyncio.sleep(0.02)


@asynccontextmanager
async def running(directory: pathlib.Path) -> AsyncIterator[Run]:
    """Run the directory's `penstock.yaml`, which has `workers: 2`, from when it is ready to its end by SIGTERM."""
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
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
            await reading
            await process.wait()
