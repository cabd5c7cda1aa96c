"""Has a worker call an edge function for the admin: each call another one, in turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final

from proxy.errors import ControlError
from proxy.worker_process import WorkerProcess

TIMEOUT_S: Final = 60.0
"""Twice what a function has by default. What takes longer goes on, unheard."""


class Invocations:
    def __init__(self, workers: Callable[[], Sequence[WorkerProcess]]) -> None:
        self._workers = workers
        self._turn = count()

    async def invoke(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """Return what `proxy.functions.Functions.invoke` does, or `refused`: its `status`, `reason` and `text`.

        A call that a worker does not answer is not made again, for it may have had its effects.
        """
        workers = self._workers()
        if not workers:
            return _refused(503, "no_worker", "no worker is ready")
        worker = workers[next(self._turn) % len(workers)]
        try:
            answer: dict[str, Any] = await worker.ask("invoke", {"name": name, "request": request}, timeout_s=TIMEOUT_S)
        except ControlError as error:
            return _refused(504, "no_answer", f"worker {worker.number} (pid {worker.pid}): {error}")
        return answer


def _refused(status: int, reason: str, text: str) -> dict[str, Any]:
    return {"refused": {"status": status, "reason": reason, "text": text}}
