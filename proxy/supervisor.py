"""The supervisor: opens and keeps the listening sockets, and keeps workers that serve them.

A worker may die at any time. Connections that it has not accepted yet wait in its sockets' queues, which are the
supervisor's, and the worker that takes its place inherits the same sockets. One that drains on its own (it got SIGTERM)
is replaced at once, while its last exchanges end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from proxy.admin.server import Admin, AdminSpec
from proxy.errors import ControlError, StartError
from proxy.exposition import lasting, merge
from proxy.invalidations import Invalid
from proxy.metrics import Registry, Snapshot
from proxy.purging import Purged, purge_everywhere
from proxy.restart import RestartPolicy
from proxy.runtime import log, monotonic
from proxy.sockets import bound_address, open_sockets
from proxy.swap import Outcome, Swaps
from proxy.upstream.address import Address
from proxy.worker_process import WorkerProcess

KILL_GRACE_S: Final = 2.0
"""What a worker gets over its own deadline before it is killed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to supervise. `listeners` maps names to addresses; `worker_command` starts a worker of `proxy.worker`."""

    listeners: Mapping[str, str]
    worker_command: Sequence[str]
    workers: int = 1
    drain_timeout_s: float = 30.0
    admin: AdminSpec | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """How long a worker took connections, or tried to, and why it does no more."""

    lasted_s: float
    was_ready: bool
    why: str


def supervise(plan: Plan) -> int:
    """Run until a signal ends it; returns the process's exit status."""
    try:
        asyncio.run(Supervisor(plan).run())
    except StartError as error:
        print(f"penstock: {error}", file=sys.stderr)
        return 1
    return 0


class Supervisor:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._sockets: dict[str, list[socket.socket]] = {}
        self._addresses: dict[str, Address] = {}
        self._workers: dict[int, WorkerProcess] = {}
        self._living: set[WorkerProcess] = set()
        self._ends: set[asyncio.Task[str]] = set()
        self._registry = Registry()
        self._swaps = Swaps()
        self._ended_workers: Snapshot = {}
        self._admin: Admin | None = None
        self._announced = False
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Serve until told to stop and the last worker has ended; raises StartError."""
        try:
            self._open_sockets()
            await self._start_admin()
            self._take_signals()
            await self._keep_workers()
        finally:
            await self._close()

    # -- what the admin shows

    def why_not_ready(self) -> str | None:
        """Say why this proxy should get no traffic, or None."""
        if self._stopping.is_set():
            return "draining"
        ready = sum(worker.ready for worker in self._workers.values())
        return None if ready == self._plan.workers else f"{ready} of {self._plan.workers} workers are ready"

    def workers(self) -> list[dict[str, Any]]:
        return [
            {
                "worker": worker.number,
                "pid": worker.pid,
                "ready": worker.ready,
                "uptime_s": round(monotonic() - worker.started_at, 1),
                "loop_lag_s": worker.lag_s,
            }
            for _, worker in sorted(self._workers.items())
        ]

    def worker_pids(self) -> list[int]:
        return [worker.pid for worker in self._living]

    async def snapshot(self) -> Snapshot:
        """Return the metrics of all workers, those that ended among them, as one."""
        ended = self._ended_workers  # as of now: a worker that ends while it is asked would count twice
        living = await asyncio.gather(*(worker.take_snapshot() for worker in self._living if worker.was_ready))
        return merge([self._registry.snapshot(), ended, *living])

    async def upstreams(self) -> dict[str, list[Any]]:
        """Return for each upstream what each worker knows of it."""
        return await self._by_name("upstreams")

    async def wasm(self) -> dict[str, list[Any]]:
        """Return for each WASM filter what it runs in each worker."""
        found: dict[str, list[Any]] = {}
        async for worker, known in self._asked("wasm"):
            for name, states in known.items():
                found.setdefault(name, []).extend({"worker": worker, **state} for state in states)
        return found

    async def swap_module(self, filter: str) -> list[Outcome]:
        """Let every worker read the module of a WASM filter anew."""
        return await self._swaps.swap(self._serving(), filter)

    async def caches(self) -> dict[str, list[Any]]:
        """Return for each cache what each worker has of it."""
        return await self._by_name("caches")

    async def purge(self, order: Mapping[str, Any]) -> list[Purged]:
        """Purge in all workers, those among them that drain: their clients are still answered."""
        living = sorted(self._living, key=lambda worker: worker.number)
        for worker in living:
            if not worker.was_ready:
                worker.tell("purge", {**order, "publish": False})  # it may have begun to serve by the time it hears
        return await purge_everywhere((worker for worker in living if worker.was_ready), order)

    def _pass_on(self, changer: WorkerProcess, invalid: Invalid) -> None:
        """Tell all other workers what one's requests have made invalid in its caches."""
        for worker in self._living - {changer}:
            worker.tell("invalid", invalid)

    async def _by_name(self, kind: str) -> dict[str, list[Any]]:
        """Ask for the states of named things, and put together what the workers say of each."""
        found: dict[str, list[Any]] = {}
        async for worker, known in self._asked(kind):
            for name, state in known.items():
                found.setdefault(name, []).append({"worker": worker, **state})
        return found

    async def _asked(self, kind: str) -> AsyncIterator[tuple[int, Any]]:
        """Yield each worker's number and answer; one that gives none is left out."""
        for worker in self._serving():
            try:
                yield worker.number, await worker.ask(kind)
            except ControlError as error:
                log.warning("worker %d (pid %d): %s", worker.number, worker.pid, error)

    def _serving(self) -> list[WorkerProcess]:
        return [worker for _, worker in sorted(self._workers.items()) if worker.was_ready]

    # -- sockets, admin, signals

    def _open_sockets(self) -> None:
        for name, address in self._plan.listeners.items():
            opened = self._sockets[name] = open_sockets(_parsed(name, address), self._plan.workers)
            self._addresses[name] = bound_address(opened[0])

    async def _start_admin(self) -> None:
        if self._plan.admin is not None:
            self._admin = Admin(self._plan.admin, self)
            await self._admin.start()

    def _take_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        loop.add_signal_handler(signal.SIGINT, self.stop)
        loop.add_signal_handler(signal.SIGUSR1, self._tell_all, "reopen_logs")

    def _tell_all(self, kind: str) -> None:
        for worker in self._living:
            worker.tell(kind)

    def stop(self) -> None:
        """Let the workers drain; a second call ends them at once."""
        if self._stopping.is_set():
            self._kill_workers()
            return
        self._stopping.set()
        self._close_sockets()
        for worker in self._living:
            worker.drain(self._plan.drain_timeout_s)
        asyncio.get_running_loop().call_later(self._plan.drain_timeout_s + KILL_GRACE_S, self._kill_workers)

    def _kill_workers(self) -> None:
        for worker in self._living:
            worker.kill()

    def _close_sockets(self) -> None:
        """Let go of the sockets; the addresses are free once the workers have let go too.

        Paths are removed first, for later they may be a successor's.
        """
        for name, opened in self._sockets.items():
            path = self._addresses[name].path
            if path is not None:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)
            for each in opened:
                each.close()
        self._sockets.clear()

    async def _close(self) -> None:
        self._close_sockets()
        if self._admin is not None:
            await self._admin.stop()

    # -- workers

    async def _keep_workers(self) -> None:
        places = [asyncio.create_task(self._keep(number)) for number in range(self._plan.workers)]
        try:
            await asyncio.gather(*places)
        except BaseException:
            self._stopping.set()
            self._kill_workers()
            asyncio.get_running_loop().call_later(KILL_GRACE_S, self._kill_workers)  # one may just be starting
            raise
        finally:
            await asyncio.gather(*places, return_exceptions=True)
            await asyncio.gather(*self._ends)

    async def _keep(self, number: int) -> None:
        """Keep one worker running until told to stop; raises StartError where none ever gets ready."""
        policy = RestartPolicy()
        while not self._stopping.is_set():
            life = await self._live(number)
            wait_s = policy.wait_s(life.lasted_s, life.was_ready)
            if self._stopping.is_set():
                return
            if policy.hopeless:
                raise StartError(f"workers end before they are ready: {life.why}")
            log.warning("worker %d takes no more connections (%s); another starts in %g s", number, life.why, wait_s)
            await _sleep_unless(self._stopping, wait_s)
            self._registry.worker_restarts.child().value += 1

    async def _live(self, number: int) -> Life:
        """See one worker from its start until it takes no more connections."""
        own = {name: sockets[number] for name, sockets in self._sockets.items()}
        try:
            worker = await WorkerProcess.start(number, self._plan.worker_command, own, self._announce)
        except OSError as error:
            return Life(0.0, False, f"cannot start a worker: {error}")
        worker.on_invalid = self._pass_on
        self._workers[number] = worker
        self._living.add(worker)
        end = asyncio.create_task(self._see_out(worker), name=f"end of worker {number}")
        self._ends.add(end)
        end.add_done_callback(self._ends.discard)
        if self._stopping.is_set():
            worker.drain(self._plan.drain_timeout_s)
        await worker.left.wait()
        del self._workers[number]
        why = "it drains" if worker.alive else await end
        return Life(monotonic() - worker.started_at, worker.was_ready, why)

    async def _see_out(self, worker: WorkerProcess) -> str:
        """Wait for a worker's end and keep what it counted; returns why it ended."""
        why = await worker.ended()
        self._living.discard(worker)
        self._ended_workers = merge([self._ended_workers, lasting(worker.snapshot)])
        return why

    def _announce(self) -> None:
        """Print one line for the operator when all are ready for the first time."""
        if self._announced or self.why_not_ready() is not None:
            return
        self._announced = True
        count = f"{self._plan.workers} worker{'s' if self._plan.workers > 1 else ''}"
        places = [f"{name} on {address}" for name, address in self._addresses.items()]
        if self._admin is not None:
            places.append(f"admin on {self._admin.url}")
        print(f"penstock: ready, {count}; {', '.join(places)}", file=sys.stderr, flush=True)


def _parsed(name: str, address: str) -> Address:
    try:
        return Address.parse(address)
    except ValueError as error:
        raise StartError(f"listener {name}: {error}") from error


async def _sleep_unless(event: asyncio.Event, seconds: float) -> None:
    """Sleep, but no longer than until the event is set."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
