"""A new version takes over: it is started as a successor that has the same sockets, and this process ends with its
last exchange once all is ready there. Where that fails, this process goes on as if nothing had been."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from typing import Any, Final

from proxy.bequest import Bequest, successors_environment
from proxy.control import Channel
from proxy.errors import StartError
from proxy.runtime import log, monotonic

READY_TIMEOUT_S: Final = 120.0
"""For all of a successor's workers to be ready; a large module may take half a minute to compile."""

END_TIMEOUT_S: Final = 40.0
"""For a successor that is not to be: it drains, for its workers accept as soon as each is ready."""

LAST_WORDS_S: Final = 5.0

LOOK_S: Final = 0.02


class Successor:
    """Made by `start`. `pid` is its process."""

    def __init__(self, process: subprocess.Popen[bytes], bequest: Bequest) -> None:
        self.pid = process.pid
        self._process, self._bequest = process, bequest
        self._ready: asyncio.Future[list[list[bool]]] = asyncio.get_running_loop().create_future()
        self._handed_over = asyncio.Event()
        self._channel: Channel | None = None

    @classmethod
    async def start(cls, command: Sequence[str], bequest: Bequest) -> Successor:
        """Start a process that inherits the sockets; raises OSError."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                bequest.leave(ours)
                process = _spawned(command, theirs, bequest)
            except BaseException:
                ours.close()
                raise
        successor = cls(process, bequest)
        successor._channel = await Channel.over(ours, {"ready": successor._hear_ready})
        return successor

    async def _hear_ready(self, taken: list[list[bool]]) -> None:
        """Let it wait for the answer until `hand_over`."""
        if not self._ready.done():
            self._ready.set_result(taken)
        await self._handed_over.wait()

    async def ready(self, within_s: float) -> Collection[socket.socket]:
        """Wait until all is ready there; returns the sockets that it serves. Raises StartError."""
        assert self._channel is not None
        either: set[asyncio.Future[Any]] = {self._ready, self._channel.closed}
        await asyncio.wait(either, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        if self._ready.done():
            return set(_used(self._bequest, self._ready.result()))
        if not self._channel.closed.done():
            raise StartError(f"the successor (pid {self.pid}) was not ready within {within_s:g} s")
        await self._ended(LAST_WORDS_S)
        raise StartError(f"the successor (pid {self.pid}) ended before it was ready: {self._status()}")

    async def hand_over(self) -> None:
        """Tell it that all is its own."""
        self._handed_over.set()
        assert self._channel is not None
        await asyncio.wait({self._channel.closed}, timeout=LAST_WORDS_S)

    async def end(self) -> None:
        """End it, unless it has ended; its workers finish what they have accepted."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        if not await self._ended(END_TIMEOUT_S):
            self._process.kill()
            await self._ended(LAST_WORDS_S)
        assert self._channel is not None
        self._channel.close()

    async def _ended(self, within_s: float) -> bool:
        deadline = monotonic() + within_s
        while self._process.poll() is None:
            if monotonic() >= deadline:
                return False
            await asyncio.sleep(LOOK_S)
        return True

    def _status(self) -> str:
        status = self._process.poll()
        if status is None:
            return "its channel closed"
        return f"exit status {status}" if status >= 0 else signal.Signals(-status).name


def _used(bequest: Bequest, taken: list[list[bool]]) -> Iterator[socket.socket]:
    for opened, each_taken in zip(bequest.opened, taken, strict=True):
        yield from (each for each, is_taken in zip(opened.sockets, each_taken, strict=True) if is_taken)


def _spawned(command: Sequence[str], channel: socket.socket, bequest: Bequest) -> subprocess.Popen[bytes]:
    """Start a process that is to outlive this one; asyncio would kill it when its handle goes."""
    descriptors = [channel.fileno(), *bequest.descriptors()]
    return subprocess.Popen(command, pass_fds=descriptors, env=successors_environment(channel))


class Upgrades:
    """One at a time, and never beside a reload. `bequeath` tells what a successor gets; `step_down` is called with it
    and the sockets that it serves when it is ready; `on_failure` when an upgrade has failed."""

    def __init__(
        self,
        command: Sequence[str],
        bequeath: Callable[[], Bequest],
        step_down: Callable[[Successor, Collection[socket.socket]], Awaitable[None]],
        on_failure: Callable[[], None],
        one_at_a_time: asyncio.Lock,
    ) -> None:
        self._command, self._bequeath, self._step_down = command, bequeath, step_down
        self._on_failure, self._one_at_a_time = on_failure, one_at_a_time
        self._under_way: asyncio.Task[None] | None = None

    def upgrade(self) -> None:
        """Begin an upgrade, unless one is under way."""
        if self._under_way is not None and not self._under_way.done():
            log.warning("an upgrade is under way already")
        elif os.getpid() == 1:
            log.error("no upgrade: this is process 1, whose end ends its container; replace the container")
        else:
            self._under_way = asyncio.create_task(self._upgrade(), name="upgrade")

    async def stop(self) -> None:
        """End an upgrade that is under way, and its successor."""
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.wait({self._under_way})

    async def _upgrade(self) -> None:
        async with self._one_at_a_time:
            try:
                await self._try()
            except (OSError, StartError) as error:
                log.error("the upgrade failed, and this process goes on: %s", error)
                self._on_failure()

    async def _try(self) -> None:
        successor = await Successor.start(self._command, self._bequeath())
        log.info("started a successor, pid %d", successor.pid)
        try:
            taken = await successor.ready(READY_TIMEOUT_S)
        except BaseException:
            await successor.end()
            raise
        await self._step_down(successor, taken)
