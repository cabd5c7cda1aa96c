"""Has every worker purge, as the supervisor is asked to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from proxy.errors import ControlError
from proxy.worker_process import WorkerProcess

Purged = dict[str, Any]
"""A worker's number, and `caches`, what became of the purge in each; or `reason`, where the worker says nothing."""


async def purge_everywhere(workers: Iterable[WorkerProcess], order: Mapping[str, Any]) -> list[Purged]:
    """Ask all workers; the first that answers tells the nodes that share a tier, before the others are asked.

    So none of the others finds there again what it has just dropped.
    """
    outcomes: list[Purged] = []
    rest = list(workers)
    while rest and not any("caches" in each for each in outcomes):
        outcomes.append(await _purged(rest.pop(0), {**order, "publish": True}))
    return outcomes + await asyncio.gather(*(_purged(worker, {**order, "publish": False}) for worker in rest))


async def _purged(worker: WorkerProcess, order: Mapping[str, Any]) -> Purged:
    try:
        return {"worker": worker.number, "caches": await worker.ask("purge", order)}
    except ControlError as error:
        return {"worker": worker.number, "reason": str(error)}
