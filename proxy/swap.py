"""Swaps a filter's WASM module in every worker, one after the other, as the supervisor is asked to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

from proxy.errors import ControlError
from proxy.worker_process import WorkerProcess

TIMEOUT_S: Final = 90.0
"""More than compiling a module may take."""

Outcome = dict[str, Any]
"""A worker's number, its `outcome`, and what it says of it. `unknown` is the outcome where a worker says nothing."""


class Swaps:
    """One swap runs at a time, and none while somebody else has the lock: who comes meanwhile waits."""

    def __init__(self, workers: Callable[[], Iterable[WorkerProcess]], one_at_a_time: asyncio.Lock) -> None:
        self._workers, self._one_at_a_time = workers, one_at_a_time

    async def swap(self, filter: str) -> list[Outcome]:
        """Ask the workers in turn; what one refuses, those after it are not asked to take."""
        outcomes: list[Outcome] = []
        async with self._one_at_a_time:
            for worker in self._workers():
                if outcomes and outcomes[-1]["outcome"] != "swapped":
                    outcomes.append({"worker": worker.number, "outcome": "not_asked"})
                else:
                    outcomes.append({"worker": worker.number, **await _swapped(worker, filter)})
        return outcomes


async def _swapped(worker: WorkerProcess, filter: str) -> Outcome:
    try:
        outcome: Outcome = await worker.ask("reload_wasm", {"filter": filter}, timeout_s=TIMEOUT_S)
    except ControlError as error:
        return {"outcome": "unknown", "reason": str(error)}
    return outcome
