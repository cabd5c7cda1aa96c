"""What is asked in one turn of the loop, or while an answer is awaited, goes to Redis in one round trip."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeAlias

from proxy.cache.redis_client import Reply
from proxy.cache.redis_scripts import Command
from proxy.errors import CacheStoreError
from proxy.runtime import spawn

log = logging.getLogger("penstock.cache")

Send: TypeAlias = Callable[[Sequence[Command]], Awaitable[list[Reply]]]


class Job(Protocol):
    """Commands that belong together, and who wants their replies; `weight` is what a batch is bounded by."""

    @property
    def commands(self) -> Sequence[Command]: ...

    @property
    def weight(self) -> int: ...

    @property
    def wanted(self) -> bool:
        """Whether anybody still waits; else it need not be sent."""

    def settle(self, replies: list[Reply]) -> None: ...
    def fail(self, error: CacheStoreError) -> None: ...


class Batches:
    """Sends jobs in their order, one batch at a time, each up to `most` in weight.

    `held` is the weight of all that have no reply yet.
    """

    def __init__(self, name: str, send: Send, *, most: int) -> None:
        self._name, self._send, self._most = name, send, most
        self._waiting: deque[Job] = deque()
        self._under_way: list[Job] = []
        self._task: asyncio.Task[None] | None = None
        self.held = 0

    def add(self, job: Job) -> None:
        self.held += job.weight
        self._waiting.append(job)
        if self._task is None:
            self._task = spawn(self._pump(), self._name)

    def abandon(self, error: CacheStoreError) -> None:
        """Fail what has not been sent."""
        while self._waiting:
            self._fail([self._waiting.popleft()], error)

    async def close(self, error: CacheStoreError) -> None:
        """Fail everything, sent or not."""
        task = self._task
        self.abandon(error)
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])
        under_way, self._under_way = self._under_way, []
        self._fail(under_way, error)

    async def _pump(self) -> None:
        try:
            while jobs := self._take():
                self._under_way = jobs
                try:
                    replies = await self._send([command for job in jobs for command in job.commands])
                except CacheStoreError as error:
                    self._under_way = []
                    self._fail(jobs, error)
                else:
                    self._under_way = []
                    self._settle(jobs, replies)
        finally:
            self._task = None

    def _take(self) -> list[Job]:
        """Take the next batch: at least one job, if any is still wanted."""
        jobs: list[Job] = []
        weight = 0
        while self._waiting and (not jobs or weight + self._waiting[0].weight <= self._most):
            job = self._waiting.popleft()
            if job.wanted:
                jobs.append(job)
                weight += job.weight
            else:
                self.held -= job.weight
        return jobs

    def _settle(self, jobs: list[Job], replies: list[Reply]) -> None:
        start = 0
        for job in jobs:
            end = start + len(job.commands)
            self.held -= job.weight
            _tell(job.settle, replies[start:end])
            start = end

    def _fail(self, jobs: list[Job], error: CacheStoreError) -> None:
        for job in jobs:
            self.held -= job.weight
            _tell(job.fail, error)


def _tell(listener: Callable[[Reply], None], news: Reply) -> None:
    """Let whoever asked go on, in this very call; what goes wrong there is not ours."""
    try:
        listener(news)
    except Exception:
        log.exception("a reply of the shared tier could not be used")
