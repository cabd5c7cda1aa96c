"""One configuration's way into the workers that run: all build it beside what they serve, then all swap, or none."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Final

from proxy.errors import ControlClosed, ControlError, StartError
from proxy.limits import LAST_REQUEST_S
from proxy.place import START_S
from proxy.plan import Generation
from proxy.runtime import log, monotonic
from proxy.worker_process import COMMIT_TIMEOUT_S, WorkerProcess
from proxy.workforce import KILL_GRACE_S, Workforce

SOMEONE_READY_S: Final = 30.0

LATE_S: Final = 1.0
"""How late a worker may begin to drain, and to close connections that stayed idle."""

LOSSES_BEFORE_REFUSAL: Final = 3
"""So many workers that end while they build are no accident: it is what they build that ends them."""


class Rollout:
    """Two steps: `prepare`, and then `commit`, or `discard` where that was refused.

    `sockets` gives those that each worker is to serve, by its number.
    """

    def __init__(
        self, generation: Generation, workforce: Workforce, sockets: Callable[[int], Mapping[str, socket.socket]]
    ) -> None:
        self._generation, self._workforce, self._sockets = generation, workforce, sockets
        self._asked: list[WorkerProcess] = []
        self._prepared: list[WorkerProcess] = []
        self._losses = 0

    async def prepare(self) -> None:
        """Have the workers build, one after the other; raises StartError where one refuses.

        A worker that ends or drains meanwhile refuses nothing, but one at least must have been able to build. Those
        that are starting are waited for, within reason: in their queues may be clients of a listener that goes.
        """
        workforce = self._workforce
        while not workforce.stopping.is_set():
            if waiting := self._waiting():
                await self._prepare(waiting[0])
            elif not self._prepared:
                if not await workforce.until(lambda: bool(workforce.serving), SOMEONE_READY_S):
                    raise StartError("no worker is ready to try it")
            elif await self._are_all_asked() and not workforce.stopping.is_set():
                return
        raise StartError("the proxy is about to end")

    def _waiting(self) -> list[WorkerProcess]:
        return [worker for worker in self._workforce.serving if worker not in self._asked]

    async def _are_all_asked(self) -> bool:
        await self._workforce.until(lambda: bool(self._waiting()) or not self._workforce.promising, START_S)
        return not self._waiting()

    async def _prepare(self, worker: WorkerProcess) -> None:
        self._asked.append(worker)
        message = self._generation.message(self._workforce.ticket_key)
        try:
            await worker.prepare(message, self._sockets(worker.number))
        except ControlError as error:
            if not _left(worker, error):
                raise StartError(str(error)) from error
            log.warning("worker %d (pid %d) left during a reload: %s", worker.number, worker.pid, error)
            if isinstance(error, ControlClosed):
                await self._outlive(worker)
        else:
            self._prepared.append(worker)

    async def _outlive(self, lost: WorkerProcess) -> None:
        """Go on after a worker ended while it built; raises StartError where that is what ended it.

        The next is asked when another serves in the place of the lost one, so that it is never all that end.
        """
        self._losses += 1
        why = await lost.ended()
        if lost.hung or self._losses == LOSSES_BEFORE_REFUSAL:
            raise StartError(f"it ends the workers that build it: {'a loop hangs' if lost.hung else why}")
        await self._workforce.until(lambda: self._is_filled(lost.number), START_S)

    def _is_filled(self, number: int) -> bool:
        return any(worker.number == number for worker in self._workforce.serving)

    async def commit(self) -> None:
        """Have all that built it swap; one that fails to is killed, and its successor starts with the new one."""
        await asyncio.gather(*(self._commit(worker) for worker in self._prepared))

    async def _commit(self, worker: WorkerProcess) -> None:
        try:
            await worker.commit(self._generation.number, self._workforce.held)
        except ControlError as error:
            if not _left(worker, error):
                log.error("worker %d (pid %d) did not swap: %s", worker.number, worker.pid, error)
                worker.kill()
                await asyncio.wait({worker.end}, timeout=KILL_GRACE_S)  # Until SIGKILL arrives it answers as before.

    def discard(self) -> None:
        """Have all forget what they built, also those that did not answer in time."""
        for worker in self._asked:
            worker.tell("discard", {"generation": self._generation.number})


async def bring_up_to_date(workforce: Workforce) -> None:
    """Have workers that opened their doors just before the last reload take it too; one that can't is replaced."""
    await workforce.until(lambda: not workforce.opening, COMMIT_TIMEOUT_S)
    for worker in workforce.out_of_date():
        try:
            await worker.prepare(workforce.generation.message(workforce.ticket_key), workforce.sockets(worker.number))
            await worker.commit(workforce.generation.number, workforce.held)
        except ControlError as error:
            if not _left(worker, error):
                log.warning("worker %d (pid %d) is replaced: %s", worker.number, worker.pid, error)
                workforce.replace(worker)


async def outlast_leavers(workforce: Workforce) -> None:
    """Wait until workers that drain, a predecessor's too, take no more requests: they answer as they began to."""
    leaving = [worker for worker in workforce.living if worker.left.is_set()]
    if leaving:
        await asyncio.wait(
            {worker.end for worker in leaving}, timeout=_last_requests_s(max(each.left_at for each in leaving))
        )
    await asyncio.sleep(_last_requests_s(workforce.succeeded_at))


def _last_requests_s(since: float) -> float:
    """Return for how long a worker that began to drain then may still take requests."""
    return max(0.0, since + LAST_REQUEST_S + LATE_S - monotonic())


def _left(worker: WorkerProcess, error: ControlError) -> bool:
    return isinstance(error, ControlClosed) or worker.left.is_set()
