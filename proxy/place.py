"""One worker's place among those that serve: kept filled until it is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from proxy.errors import StartError
from proxy.metrics import Cell
from proxy.restart import RestartPolicy
from proxy.runtime import log, monotonic
from proxy.worker_process import WorkerProcess

START_S: Final = 10.0
"""A worker that takes longer to get ready is not waited for."""


@dataclass(frozen=True, slots=True)
class Life:
    """How long a worker served, None if it was never ready, and why it takes no more connections."""

    served_s: float | None
    why: str


class Place:
    """`hire` starts a worker for it; `restarts` counts those after the first.

    `proven` says that workers were ready already, so that one that is not shall not end everything.
    """

    def __init__(
        self, number: int, hire: Callable[[Place], Awaitable[WorkerProcess]], restarts: Cell, *, proven: bool
    ) -> None:
        self.number = number
        self.worker: WorkerProcess | None = None
        self._hire, self._restarts = hire, restarts
        self._policy = RestartPolicy(proven=proven)
        self._closed = asyncio.Event()

    @property
    def closed(self) -> bool:
        return self._closed.is_set()

    @property
    def promising(self) -> bool:
        """Tell whether no worker is ready here, but one is likely to be soon."""
        if self.closed or self._policy.failing:
            return False
        worker = self.worker
        return worker is None or not (worker.was_ready or monotonic() > worker.started_at + START_S)

    def close(self) -> None:
        """Let no other worker follow the present one."""
        self._closed.set()

    async def keep(self) -> None:
        """Keep one worker running until closed; raises StartError where none ever gets ready."""
        while not self.closed:
            life = await self._live()
            wait_s = self._policy.wait_s(life.served_s)
            if self.closed:
                return
            if self._policy.hopeless:
                raise StartError(f"workers end before they are ready: {life.why}")
            number = self.number
            log.warning("worker %d takes no more connections (%s); another starts in %g s", number, life.why, wait_s)
            await _sleep_unless(self._closed, wait_s)
            if not self.closed:
                self._restarts.value += 1

    async def _live(self) -> Life:
        """See one worker from its start until it takes no more connections."""
        try:
            self.worker = worker = await self._hire(self)
        except OSError as error:
            return Life(None, f"cannot start a worker: {error}")
        await worker.left.wait()
        served_s = worker.served_s
        self.worker = None
        why = "it drains" if worker.alive else await worker.ended()
        return Life(served_s, why)


async def _sleep_unless(event: asyncio.Event, seconds: float) -> None:
    """Sleep, but no longer than until the event is set."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
