"""The workers: as many as are wanted, kept running, and what those that ended leave behind."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Final

from proxy.errors import ControlError
from proxy.exposition import lasting, merge
from proxy.function_log import FunctionLog
from proxy.invalidations import Invalid
from proxy.limits import LAST_REQUEST_S
from proxy.listening import Listening
from proxy.metrics import Registry, Snapshot
from proxy.place import Place
from proxy.plan import Generation
from proxy.runtime import NEVER, spawn
from proxy.worker_process import WorkerProcess

KILL_GRACE_S: Final = 2.0
"""What a worker gets over its own deadline before it is killed."""


class Workforce:
    """`generation` is what a worker is configured with that starts from now on.

    `on_ready` is called each time that a worker gets ready. `living` are all whose process runs, draining ones among
    them; `opening` those that are just told to let clients in; `ended` is what those counted that have ended, and
    `function_log` what edge functions have logged in all of them. `succeeded_at` is when a predecessor's workers were
    told to drain.
    """

    def __init__(
        self,
        generation: Generation,
        ticket_key: bytes,
        listening: Listening,
        registry: Registry,
        on_ready: Callable[[], None],
    ) -> None:
        self.generation, self.ticket_key = generation, ticket_key
        self.living: set[WorkerProcess] = set()
        self.opening: set[WorkerProcess] = set()
        self.ended: Snapshot = {}
        self.function_log = FunctionLog()
        self.succeeded_at = -NEVER
        self.stopping = asyncio.Event()
        self._listening, self._on_ready = listening, on_ready
        self._restarts = registry.worker_restarts
        self._places: dict[int, Place] = {}
        self._keeping: set[asyncio.Task[None]] = set()
        self._failure: Exception | None = None
        self._see_off: Callable[[WorkerProcess], None] | None = None
        self._complete = False
        self._news = asyncio.Event()

    @property
    def serving(self) -> list[WorkerProcess]:
        """Those that were ready and take connections, by number."""
        return [worker for worker in self.filling if worker.was_ready]

    @property
    def filling(self) -> list[WorkerProcess]:
        """Those that have a place, ready or not yet, by number."""
        return [place.worker for _, place in sorted(self._places.items()) if place.worker is not None]

    @property
    def promising(self) -> bool:
        """Tell whether one that is not ready is likely to be so soon."""
        return any(place.promising for place in self._places.values())

    @property
    def held(self) -> Collection[socket.socket]:
        """All sockets that are served now."""
        return {each for opened in self._listening.everything() for each in opened.sockets}

    def sockets(self, number: int) -> Mapping[str, socket.socket]:
        """Those of one worker, by listener."""
        return self._listening.of_worker(number)

    def out_of_date(self) -> list[WorkerProcess]:
        """Those that serve another generation than the one that a worker starts with now."""
        return [worker for worker in self.serving if worker.generation != self.generation.number]

    def why_not_ready(self) -> str | None:
        """Say what is missing, or None."""
        if self.stopping.is_set():
            return "draining"
        wanted = self.generation.plan.workers
        ready = sum(worker.ready for worker in self.filling)
        return None if ready >= wanted else f"{ready} of {wanted} workers are ready"

    async def keep(self) -> None:
        """Keep all places filled until told to stop and the last worker has ended; raises StartError."""
        self.fill()
        try:
            while self._keeping:
                await asyncio.wait(self._keeping)  # where places were added meanwhile, for those too
        except BaseException:
            self._give_up()
            raise
        finally:
            await asyncio.gather(*self._keeping, return_exceptions=True)
            await asyncio.gather(*(worker.ended() for worker in self.living))
        if self._failure is not None:
            raise self._failure

    def fill(self) -> None:
        """Have as many places as the configuration wants; workers without one drain."""
        wanted = 0 if self.stopping.is_set() else self.generation.plan.workers
        for number in [number for number in self._places if number >= wanted]:
            self._close(self._places.pop(number))
        for number in range(wanted):
            if number not in self._places:
                self._open(number)

    def _open(self, number: int) -> None:
        place = self._places[number] = Place(number, self._hire, self._restarts.child(), proven=self._complete)
        keeping = asyncio.create_task(self._keep(place), name=f"place of worker {number}")
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)

    def _close(self, place: Place) -> None:
        place.close()
        if place.worker is not None:
            self.replace(place.worker)

    def replace(self, worker: WorkerProcess) -> None:
        """Have a worker end with its last exchange; another follows it, if its place is there still."""
        worker.drain(self.generation.plan.drain_timeout_s, idle_s=LAST_REQUEST_S, held=self.held)

    async def _keep(self, place: Place) -> None:
        try:
            await place.keep()
        except Exception as error:
            self._failure = error
            self._give_up()

    async def _hire(self, place: Place) -> WorkerProcess:
        """Start a worker with what is to be served now; raises OSError."""
        generation, number = self.generation, place.number
        command = generation.plan.worker_command
        worker = await WorkerProcess.start(number, command, self.sockets(number), self._hear_ready)
        worker.on_built, worker.on_invalid = self._hear_built, self._pass_on
        worker.on_function_lines = self.function_log.take
        self.living.add(worker)
        worker.end.add_done_callback(lambda _: self._bury(worker))
        worker.configure(generation.message(self.ticket_key))
        if self._see_off is not None:
            self._see_off(worker)
        elif place.closed:  # while it was being started
            self.replace(worker)
        self._news.set()
        return worker

    def _hear_built(self, worker: WorkerProcess) -> None:
        spawn(self._let_clients_in(worker), f"opening of worker {worker.number}")

    async def _let_clients_in(self, worker: WorkerProcess) -> None:
        """Open a worker's doors once it has built what is to be served now, for a reload may have come between."""
        try:
            while worker.prepared != self.generation.number:
                await worker.prepare(self.generation.message(self.ticket_key), self.sockets(worker.number))
            self.opening.add(worker)
            await worker.commit(worker.prepared, self.held)
        except ControlError as error:
            if not worker.left.is_set():
                worker.give_up(str(error))
        finally:
            self.opening.discard(worker)
            self._news.set()

    def _bury(self, worker: WorkerProcess) -> None:
        self.living.discard(worker)
        self.ended = merge([self.ended, lasting(worker.snapshot)])

    def _hear_ready(self) -> None:
        self._news.set()
        self._complete |= self.why_not_ready() is None
        self._on_ready()

    def _pass_on(self, changer: WorkerProcess, invalid: Invalid) -> None:
        """Tell all other workers what one's requests have made invalid in its caches."""
        for worker in self.living - {changer}:
            worker.tell("invalid", invalid)

    async def until(self, condition: Callable[[], bool], within_s: float) -> bool:
        """Wait for what a worker that gets ready may bring about, or for the end's begin; tells whether it came."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not condition() and not self.stopping.is_set():
                    self._news.clear()
                    await self._news.wait()
        return condition()

    def tell_all(self, kind: str) -> None:
        for worker in self.living:
            worker.tell(kind)

    # -- the end

    def stop(self, within_s: float, *, idle_s: float, held: Collection[socket.socket]) -> None:
        """Let all workers drain (`WorkerProcess.drain`), and kill those that do not end by themselves."""
        self._close_places()
        self._see_off = partial(WorkerProcess.drain, within_s=within_s, idle_s=idle_s, held=held)
        for worker in self.living:
            self._see_off(worker)
        asyncio.get_running_loop().call_later(within_s + KILL_GRACE_S, self.kill)

    def kill(self) -> None:
        for worker in self.living:
            worker.kill()

    def _close_places(self) -> None:
        self.stopping.set()
        self._news.set()
        for place in self._places.values():
            place.close()

    def _give_up(self) -> None:
        self._close_places()
        self.kill()
        asyncio.get_running_loop().call_later(KILL_GRACE_S, self.kill)  # one may just be starting
