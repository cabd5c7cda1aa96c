"""A thread for SQLite, which waits for disks and locks: the event loop never does.

Whatever was asked while the thread was busy is done together: reads, then writes in one transaction, so that a write
costs its share of one trip to the disk. Nobody is answered before that transaction is over.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, TypeVar

from proxy.errors import StartError
from proxy.metrics import Registry
from proxy.patience import Patience
from proxy.runtime import Waiter
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.stores.settings import MIB, Quota, SqliteSettings
from wasm_host.functions.stores.sqlite_pairs import SqlitePairs
from wasm_host.functions.stores.sqlite_work import SqliteWork
from wasm_host.functions.stores.trouble import Trouble

T = TypeVar("T")

TOGETHER: Final = 256
BACKLOG_BYTES: Final = 64 * MIB
JOB_BYTES: Final = 1024
"""What a job weighs besides its value."""
CLOSE_S: Final = 10.0


class Job(Generic[T]):
    """Work for the thread, which sets `outcome`; all else belongs to the loop."""

    __slots__ = ("outcome", "patience", "waiter", "weight", "work", "writes")

    def __init__(self, work: Callable[[SqlitePairs], T], *, writes: bool, weight: int, within_s: float) -> None:
        self.work, self.writes, self.weight = work, writes, weight
        self.waiter: Waiter[T] = Waiter()
        self.outcome: T | Exception | None = None
        self.patience = Patience(within_s, self._be_late)

    def _be_late(self) -> None:
        self.waiter.throw(HostcallFailed("timeout", "the disk takes too long; a write may be made yet"))

    def tell(self) -> None:
        """Let whoever waits go on."""
        self.patience.cancel()
        outcome = self.outcome
        if isinstance(outcome, HostcallFailed):
            self.waiter.throw(outcome)
        elif isinstance(outcome, Exception):
            self.waiter.throw(HostcallFailed("unavailable", f"the key-value store: {outcome}"))
        else:
            self.waiter.wake(outcome)  # type: ignore[arg-type]


class SqliteThread:
    """Takes work for one worker's thread, which is started, and opens the file, with the first."""

    def __init__(self, settings: SqliteSettings, quota: Quota, registry: Registry) -> None:
        self._work = SqliteWork(settings, quota)
        # A transaction of others is waited for once in the line's first group, and once in one's own.
        self._within_s = 2 * settings.busy_s + 1.0
        self._trouble = Trouble("kv", registry)
        self._line: SimpleQueue[Job[Any] | None] = SimpleQueue()
        self._held_bytes = 0
        self._thread: threading.Thread | None = None
        self._closed = False

    async def start(self) -> None:
        """Open the file; raises StartError where somebody must mend it. A lock or a full disk may pass."""
        job = self._add(_nothing, writes=False, weight=0)
        try:
            await job.waiter
        except HostcallFailed:
            if isinstance(job.outcome, StartError):
                raise job.outcome from None

    async def close(self) -> None:
        """Let the thread finish what it was given."""
        self._closed = True
        if self._thread is not None:
            self._line.put(None)
            await asyncio.to_thread(self._thread.join, CLOSE_S)

    def ask(self, work: Callable[[SqlitePairs], T], *, writes: bool, weight: int = 0) -> Waiter[T]:
        """Let the thread work; what goes wrong is a HostcallFailed for who waits."""
        return self._add(work, writes=writes, weight=JOB_BYTES + weight).waiter

    def _add(self, work: Callable[[SqlitePairs], T], *, writes: bool, weight: int) -> Job[T]:
        job = Job(work, writes=writes, weight=weight, within_s=self._within_s)
        if self._closed or self._held_bytes + weight > BACKLOG_BYTES:
            self._trouble.count("backlog")
            job.outcome = HostcallFailed("unavailable", "too much waits for the key-value store")
            job.tell()
            return job
        self._held_bytes += weight
        self._line.put(job)
        if self._thread is None:
            loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._run, args=(loop,), name="key-value store", daemon=True)
            self._thread.start()
        return job

    # -- in the thread

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        goes_on = True
        while goes_on:
            jobs, goes_on = self._take()
            wanted = [job for job in jobs if not job.waiter.done()]
            for writes, carry_out in ((False, self._work.read), (True, self._work.write)):
                if group := [job for job in wanted if job.writes is writes]:
                    carry_out(group)
            if not _call_in(loop, self._tell, jobs):
                break
        self._work.close()

    def _take(self) -> tuple[list[Job[Any]], bool]:
        """Return what waits, if nothing does the next that comes; and whether there will be more."""
        jobs: list[Job[Any]] = []
        job = self._line.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) == TOGETHER:
                return jobs, True
            try:
                job = self._line.get_nowait()
            except Empty:
                return jobs, True
        return jobs, False

    # -- in the loop again

    def _tell(self, jobs: Sequence[Job[Any]]) -> None:
        errors = [job.outcome for job in jobs if isinstance(job.outcome, Exception)]
        troubles = [error for error in errors if not isinstance(error, HostcallFailed)]
        for error in troubles:
            self._trouble.count(_reason(error))
        if troubles:
            self._trouble.begin(str(troubles[0]))
        elif jobs:
            self._trouble.end()
        for job in jobs:
            self._held_bytes -= job.weight
            job.tell()


def _nothing(_: SqlitePairs) -> None:
    """Only have the file opened."""


def _reason(error: Exception) -> str:
    """Name what is wrong as SQLite does: `busy`, `full`, `corrupt`, `ioerr_write` (sqlite.org/rescode.html)."""
    if isinstance(error, sqlite3.Error):
        return str(getattr(error, "sqlite_errorname", "SQLITE_ERROR")).removeprefix("SQLITE_").lower()
    return "refused" if isinstance(error, StartError) else "failed"


def _call_in(loop: asyncio.AbstractEventLoop, call: Callable[[Sequence[Job[Any]]], None], jobs: list[Job[Any]]) -> bool:
    """Call in the loop's thread; tell whether there still is a loop."""
    try:
        loop.call_soon_threadsafe(call, jobs)
    except RuntimeError:
        return False
    return True
