"""A supervisor whose place others take, one after the other; all write to the same standard error."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from kit.supervised import Supervised, eventually


class Upgrading(Supervised):
    """`pid` is the process that serves now."""

    @property
    def pid(self) -> int:
        return int(self.pid_file.read_text())

    async def upgrade(self) -> None:
        """Have a successor take over, and wait until it has."""
        former = self.pid
        os.kill(former, signal.SIGUSR2)

        async def succeeded() -> bool:
            return self.pid != former and sum(line.startswith("penstock: ready") for line in self.lines) > 1

        await eventually(succeeded, "a successor")
        self.lines = [line for line in self.lines if not line.startswith("penstock: ready")] + ["penstock: ready"]

    async def first_ended(self) -> int:
        """Wait until the process that was there first has ended; returns its exit status.

        Not with its `wait`, which waits for the end of standard error too, and that is the successors' as well.
        """

        async def ended() -> bool:
            return self.process.returncode is not None

        await eventually(ended, "the first process's end")
        assert self.process.returncode is not None
        return self.process.returncode

    async def __aexit__(self, *_: object) -> None:
        last = self.process.pid
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            last = self.pid
            os.kill(last, signal.SIGTERM)
        try:
            await super().__aexit__()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.kill(last, signal.SIGKILL)
            raise


class Load:
    """Requests without end, on new connections and kept ones; `failures` are what went wrong, `pids` who answered."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.answered = 0
        self.failures: list[str] = []
        self.pids: set[int] = set()

    async def ask(self, *, keep: bool) -> None:
        """Ask again and again, until cancelled. A connection that is closed between two requests is one to leave."""
        connector = aiohttp.TCPConnector(force_close=not keep, limit=1)
        async with aiohttp.ClientSession(connector=connector) as session:
            while True:
                try:
                    async with session.get(self._url) as response:
                        self.pids.add(int(await response.text()))
                        self.answered += response.status == 200
                except Exception as error:
                    self.failures.append(f"keep={keep}: {error!r}")
                await asyncio.sleep(0.01)

    async def more(self, count: int = 50) -> None:
        """Wait until so many more have been answered."""
        wanted = self.answered + count

        async def enough() -> bool:
            return self.answered >= wanted

        await eventually(enough, f"{count} answers")


@asynccontextmanager
async def loaded(url: str) -> AsyncIterator[Load]:
    """Load what is at a URL that answers with its worker's pid."""
    load = Load(url)
    asking = [asyncio.create_task(load.ask(keep=keep)) for keep in (True, True, False, False)]
    try:
        await load.more()
        yield load
    finally:
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
