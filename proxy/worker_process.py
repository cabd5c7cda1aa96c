"""One worker as the supervisor sees it: a process, a control channel, and what it last said."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from proxy.control import Channel
from proxy.errors import ControlError
from proxy.inheritance import Inheritance
from proxy.invalidations import Invalid
from proxy.metrics import Snapshot
from proxy.runtime import log, monotonic

SILENCE_S: Final = 30.0
"""A worker's loop that ran nothing for so long serves nobody; its heartbeat comes every half second."""

SNAPSHOT_TIMEOUT_S: Final = 2.0

ABORT_GRACE_S: Final = 2.0
"""A stopped process does not even abort (signal(7)); SIGKILL it obeys."""

LAST_WORDS_S: Final = 1.0
"""A dead worker's end of the channel closes with it, unless a child process of its own holds a copy."""


class WorkerProcess:
    """Made by `start`. `lag_s` is how late its loop was at the last heartbeat, `snapshot` its last known metrics.

    `left` is set once it takes no new connections: it drains, or has ended. `on_invalid` is called with what its
    requests have made invalid in caches.
    """

    def __init__(self, number: int, process: asyncio.subprocess.Process, on_ready: Callable[[], None]) -> None:
        self.number = number
        self.pid = process.pid
        self.ready = self.was_ready = False
        self.left = asyncio.Event()
        self._failure: str | None = None
        self.lag_s = 0.0
        self.snapshot: Snapshot = {}
        self.started_at = self._heard_at = monotonic()
        self._on_ready = on_ready
        self.on_invalid: Callable[[WorkerProcess, Invalid], None] | None = None
        self._exit = asyncio.create_task(process.wait(), name=f"exit of worker {number}")
        self._process = process
        self._channel: Channel | None = None

    @classmethod
    async def start(
        cls,
        number: int,
        command: Sequence[str],
        listeners: Mapping[str, socket.socket],
        on_ready: Callable[[], None],
    ) -> WorkerProcess:
        """Start a process that inherits the listening sockets, and speak to it; raises OSError."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = await _spawned(command, Inheritance(theirs, listeners))
            except BaseException:
                ours.close()
                raise
        worker = cls(number, process, on_ready)
        worker._channel = await Channel.over(ours, worker._handlers())
        return worker

    def _handlers(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "ready": self._hear_ready,
            "failed": self._hear_failed,
            "beat": self._hear_beat,
            "draining": self._hear_draining,
            "ended": self._hear_ended,
            "invalid": self._hear_invalid,
        }

    async def _hear_ready(self, _: object) -> None:
        self._heard_at = monotonic()
        self.was_ready = True
        self.ready = not self.left.is_set()
        self._on_ready()

    async def _hear_failed(self, text: str) -> None:
        self._failure = text

    async def _hear_beat(self, beat: dict[str, float]) -> None:
        self._heard_at = monotonic()
        self.lag_s = beat["lag_s"]

    async def _hear_draining(self, _: object) -> None:
        self._leave()

    async def _hear_ended(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    async def _hear_invalid(self, invalid: Invalid) -> None:
        if self.on_invalid is not None:
            self.on_invalid(self, invalid)

    async def ask(self, kind: str, body: object = None, *, timeout_s: float = SNAPSHOT_TIMEOUT_S) -> Any:
        """Ask the worker; raises ControlError."""
        assert self._channel is not None
        return await self._channel.ask(kind, body, timeout_s=timeout_s)

    def tell(self, kind: str, body: object = None) -> None:
        assert self._channel is not None
        self._channel.tell(kind, body)

    async def take_snapshot(self) -> Snapshot:
        """Return the worker's metrics; the last known ones where it is too busy to answer, so that none fall."""
        try:
            self.snapshot = await self.ask("snapshot")
        except ControlError as error:
            log.warning("worker %d (pid %d) gave no metrics: %s", self.number, self.pid, error)
        return self.snapshot

    def drain(self, within_s: float) -> None:
        """Tell the worker to end with its last exchange, at the latest after `within_s`."""
        self._leave()
        self.tell("drain", {"within_s": within_s})

    def _leave(self) -> None:
        self.ready = False
        self.left.set()

    @property
    def alive(self) -> bool:
        return not self._exit.done()

    def kill(self) -> None:
        if self.alive:
            self._process.kill()

    async def ended(self) -> str:
        """Wait for the end, and for the channel's last words; returns why it ended."""
        while not self._exit.done():
            await asyncio.wait({self._exit}, timeout=SILENCE_S / 6)
            if self.was_ready and monotonic() - self._heard_at > SILENCE_S:
                self._end_silent()
        self._leave()
        assert self._channel is not None
        await asyncio.wait({self._channel.closed}, timeout=LAST_WORDS_S)
        await asyncio.sleep(0)  # the handlers of those words are tasks
        return self._failure or _status_text(self._exit.result())

    def _end_silent(self) -> None:
        """End a worker whose loop hangs; SIGABRT makes Python's faulthandler tell where."""
        log.error("worker %d (pid %d) has been silent for %g s", self.number, self.pid, SILENCE_S)
        self._heard_at = monotonic()
        self._process.send_signal(signal.SIGABRT)
        asyncio.get_running_loop().call_later(ABORT_GRACE_S, self.kill)


async def _spawned(command: Sequence[str], inherited: Inheritance) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        pass_fds=inherited.descriptors(),
        env=inherited.environment(),
    )


def _status_text(status: int) -> str:
    return f"exit status {status}" if status >= 0 else signal.Signals(-status).name
