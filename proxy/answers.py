"""What the supervisor answers the admin: its workers' answers put together, and what it has them do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from proxy.admin.desk import RollOut
from proxy.errors import ControlError
from proxy.exposition import merge
from proxy.function_log import FunctionLog
from proxy.invocations import Invocations
from proxy.metrics import Registry, Snapshot
from proxy.purging import Purged, purge_everywhere
from proxy.runtime import log, monotonic
from proxy.swap import Outcome, Swaps
from proxy.workforce import Workforce


class Answers:
    """Implements proxy.admin.sources; `reload`, `reload_state` and `roll_out` are passed on as they are."""

    def __init__(
        self,
        workforce: Workforce,
        registry: Registry,
        one_at_a_time: asyncio.Lock,
        reload: Callable[[], Awaitable[dict[str, Any]]],
        reload_state: Callable[[], dict[str, Any]],
        roll_out: RollOut,
    ) -> None:
        self._workforce, self._registry = workforce, registry
        self._swaps = Swaps(lambda: workforce.serving, one_at_a_time)
        self._invocations = Invocations(lambda: workforce.serving)
        self._reload, self._reload_state, self._roll_out = reload, reload_state, roll_out

    def why_not_ready(self) -> str | None:
        """Say why this proxy should get no traffic, or None."""
        return self._workforce.why_not_ready()

    def workers(self) -> list[dict[str, Any]]:
        return [
            {
                "worker": worker.number,
                "pid": worker.pid,
                "ready": worker.ready,
                "generation": worker.generation,
                "uptime_s": round(monotonic() - worker.started_at, 1),
                "loop_lag_s": worker.lag_s,
            }
            for worker in self._workforce.filling
        ]

    def worker_pids(self) -> list[int]:
        return [worker.pid for worker in self._workforce.living]

    async def snapshot(self) -> Snapshot:
        """Return the metrics of all workers, those that ended among them, as one."""
        ended = self._workforce.ended  # as of now: a worker that ends while it is asked would count twice
        asked = [worker for worker in self._workforce.living if worker.was_ready]
        living = await asyncio.gather(*(worker.take_snapshot() for worker in asked))
        return merge([self._registry.snapshot(), ended, *living])

    async def upstreams(self) -> dict[str, list[Any]]:
        """Return for each upstream what each worker knows of it."""
        return await self._by_name("upstreams")

    async def caches(self) -> dict[str, list[Any]]:
        """Return for each cache what each worker has of it."""
        return await self._by_name("caches")

    async def wasm(self) -> dict[str, list[Any]]:
        """Return for each WASM filter what it runs in each worker."""
        found: dict[str, list[Any]] = {}
        async for worker, known in self._asked("wasm"):
            for name, states in known.items():
                found.setdefault(name, []).extend({"worker": worker, **state} for state in states)
        return found

    async def swap_module(self, filter: str) -> list[Outcome]:
        """Let every worker read the module of a WASM filter anew."""
        return await self._swaps.swap(filter)

    async def functions(self) -> dict[str, list[Any]]:
        """Return for each edge function what each worker runs of it."""
        return await self._by_name("functions")

    async def invoke(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        """Let a worker call an edge function."""
        return await self._invocations.invoke(name, request)

    @property
    def function_log(self) -> FunctionLog:
        return self._workforce.function_log

    async def roll_out(self, functions: Mapping[str, Any], decide: Callable[[], None]) -> None:
        await self._roll_out(functions, decide)

    async def purge(self, order: Mapping[str, Any]) -> list[Purged]:
        """Purge in all workers, those among them that drain: their clients are still answered."""
        living = sorted(self._workforce.living, key=lambda worker: worker.number)
        for worker in living:
            if not worker.was_ready:
                worker.tell("purge", {**order, "publish": False})  # it may have begun to serve by the time it hears
        return await purge_everywhere((worker for worker in living if worker.was_ready), order)

    async def reload(self) -> dict[str, Any]:
        return await self._reload()

    def reload_state(self) -> dict[str, Any]:
        return self._reload_state()

    def count_admin_request(self, outcome: str) -> None:
        self._registry.admin_requests.child(outcome).value += 1

    async def _by_name(self, kind: str) -> dict[str, list[Any]]:
        """Ask for the states of named things, and put together what the workers say of each."""
        found: dict[str, list[Any]] = {}
        async for worker, known in self._asked(kind):
            for name, state in known.items():
                found.setdefault(name, []).append({"worker": worker, **state})
        return found

    async def _asked(self, kind: str) -> AsyncIterator[tuple[int, Any]]:
        """Yield each worker's number and answer; one that gives none is left out."""
        for worker in self._workforce.serving:
            try:
                yield worker.number, await worker.ask(kind)
            except ControlError as error:
                log.warning("worker %d (pid %d): %s", worker.number, worker.pid, error)
