"""One worker as the supervisor sees it: a process, the channels to it, and what it last said."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, Final

from proxy.control import Channel
from proxy.errors import ControlError
from proxy.function_lines import Told
from proxy.handover import Handing, handover_pair
from proxy.inheritance import Inheritance
from proxy.invalidations import Invalid
from proxy.metrics import Snapshot
from proxy.runtime import NEVER, log, monotonic

SILENCE_S: Final = 30.0
"""A worker's loop that ran nothing for so long serves nobody; its heartbeat comes every half second."""

BUILD_S: Final = 180.0
"""A worker that has not built its first configuration by then never will; it beats only from there on."""

SNAPSHOT_TIMEOUT_S: Final = 2.0

PREPARE_TIMEOUT_S: Final = 90.0
"""More than compiling a module may take. A worker whose loop hangs is ended before, for its silence."""

COMMIT_TIMEOUT_S: Final = 10.0
"""A swap is one step of the worker's loop."""

ABORT_GRACE_S: Final = 2.0
"""A stopped process does not even abort (signal(7)); SIGKILL it obeys."""

LAST_WORDS_S: Final = 1.0
"""A dead worker's end of the channel closes with it, unless a child process of its own holds a copy."""


class WorkerProcess:
    """Made by `start`. `lag_s` is how late its loop was at the last heartbeat, `snapshot` its last known metrics.

    `left` is set once it takes no new connections, at `left_at`: it drains, or has ended. `listeners` are the sockets
    that it serves, `generation` is the configuration, `prepared` the one that it has built last, and may not serve yet.
    `on_built` is called once it has built the first, `on_ready` once it serves, `on_invalid` with what its requests
    have made invalid in caches, `on_function_lines` with what edge functions have logged. `end` is done once the
    process has ended, its result says why; it is `hung` if its loop was so busy that it was ended for that.
    """

    def __init__(
        self,
        number: int,
        process: asyncio.subprocess.Process,
        listeners: Mapping[str, socket.socket],
        on_ready: Callable[[], None],
    ) -> None:
        self.number = number
        self.pid = process.pid
        self.ready = self.was_ready = False
        self.left = asyncio.Event()
        self.left_at = NEVER
        self.listeners: dict[str, socket.socket] = {}
        self.generation = self.prepared = 0
        self.hung = False
        self._failure: str | None = None
        self._has_built = False
        self.lag_s = 0.0
        self.snapshot: Snapshot = {}
        self.started_at = self._ready_at = self._heard_at = monotonic()
        self._on_ready = on_ready
        self.on_built: Callable[[WorkerProcess], None] | None = None
        self.on_invalid: Callable[[WorkerProcess, Invalid], None] | None = None
        self.on_function_lines: Callable[[int, Told], None] | None = None
        self._exit = asyncio.create_task(process.wait(), name=f"exit of worker {number}")
        self._process = process
        self._channel: Channel | None = None
        self._handing: Handing | None = None
        self._next_listeners = dict(listeners)
        self.end: asyncio.Task[str]

    @classmethod
    async def start(
        cls,
        number: int,
        command: Sequence[str],
        listeners: Mapping[str, socket.socket],
        on_ready: Callable[[], None],
    ) -> WorkerProcess:
        """Start a process that inherits the listening sockets, and speak to it; raises OSError.

        It waits to be configured.
        """
        control, its_control = socket.socketpair()
        handover, its_handover = handover_pair()
        with its_control, its_handover:
            try:
                process = await _spawned(command, Inheritance(its_control, its_handover, listeners))
            except BaseException:
                control.close()
                handover.close()
                raise
        worker = cls(number, process, listeners, on_ready)
        worker._handing = Handing(handover)
        worker._channel = await Channel.over(control, worker._handlers())
        worker.end = asyncio.create_task(worker._see_out(), name=f"end of worker {number}")
        return worker

    def _handlers(self) -> dict[str, Callable[[Any], Any]]:
        return {
            "built": self._hear_built,
            "failed": self._hear_failed,
            "beat": self._hear_beat,
            "draining": self._hear_draining,
            "ended": self._hear_ended,
            "invalid": self._hear_invalid,
            "function_lines": self._hear_function_lines,
        }

    async def _hear_built(self, _: object) -> None:
        self._has_built, self._heard_at = True, monotonic()
        if self.on_built is not None:
            self.on_built(self)

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

    async def _hear_function_lines(self, told: Told) -> None:
        if self.on_function_lines is not None:
            self.on_function_lines(self.number, told)

    async def ask(self, kind: str, body: object = None, *, timeout_s: float = SNAPSHOT_TIMEOUT_S) -> Any:
        """Ask the worker; raises ControlError, ControlClosed where it is gone."""
        assert self._channel is not None
        return await self._channel.ask(kind, body, timeout_s=timeout_s)

    def tell(self, kind: str, body: object = None) -> None:
        assert self._channel is not None
        self._channel.tell(kind, body)

    def configure(self, message: Mapping[str, Any]) -> None:
        """Say what to build from first (`Generation.message`); it tells when that is done, or why it failed."""
        self.prepared = message["generation"]
        self.tell("configure", message)

    async def prepare(self, message: Mapping[str, Any], listeners: Mapping[str, socket.socket]) -> None:
        """Have it build what it shall serve next, on these sockets, beside what it serves; raises ControlError."""
        assert self._handing is not None
        new = {name: each for name, each in listeners.items() if self.listeners.get(name) is not each}
        await self._handing.send(new)
        await self.ask("prepare", {**message, "sockets": list(new)}, timeout_s=PREPARE_TIMEOUT_S)
        self.prepared, self._next_listeners = message["generation"], dict(listeners)

    async def commit(self, generation: int, held: Container[socket.socket]) -> None:
        """Have it swap to what it prepared; raises ControlError. `held` are the sockets that somebody serves then.

        With the first it lets clients in.
        """
        body = {"generation": generation, "closing": _names_beyond(held, self.listeners)}
        await self.ask("commit", body, timeout_s=COMMIT_TIMEOUT_S)
        self.generation, self.listeners = generation, self._next_listeners
        if not self.was_ready:
            self._get_ready()

    def _get_ready(self) -> None:
        self._ready_at = self._heard_at = monotonic()
        self.was_ready = True
        self.ready = not self.left.is_set()
        self._on_ready()

    async def take_snapshot(self) -> Snapshot:
        """Return the worker's metrics; the last known ones where it is too busy to answer, so that none fall."""
        try:
            self.snapshot = await self.ask("snapshot")
        except ControlError as error:
            log.warning("worker %d (pid %d) gave no metrics: %s", self.number, self.pid, error)
        return self.snapshot

    @property
    def served_s(self) -> float | None:
        """How long it has been ready; None if it never was."""
        return monotonic() - self._ready_at if self.was_ready else None

    def drain(self, within_s: float, *, idle_s: float = 0.0, held: Container[socket.socket] = ()) -> None:
        """Tell the worker to end with its last exchange, at the latest after `within_s`.

        Idle clients have `idle_s` to bring one more request; `held` are the sockets that somebody serves after it. In
        the queues of the others clients may wait for it even where it has yet to get ready.
        """
        self._leave()
        closing = _names_beyond(held, self.listeners if self.was_ready else self._next_listeners)
        self.tell("drain", {"within_s": within_s, "idle_s": idle_s, "closing": closing})

    def _leave(self) -> None:
        self.ready = False
        if not self.left.is_set():
            self.left_at = monotonic()
            self.left.set()

    @property
    def alive(self) -> bool:
        return not self._exit.done()

    def kill(self) -> None:
        if self.alive:
            self._process.kill()

    def give_up(self, why: str) -> None:
        """Kill a worker that can't do what it is to do, and say why it ended."""
        self._failure = why
        self.kill()

    async def ended(self) -> str:
        """Wait for the end, and for the channel's last words; returns why it ended."""
        return await asyncio.shield(self.end)

    async def _see_out(self) -> str:
        while not self._exit.done():
            await asyncio.wait({self._exit}, timeout=SILENCE_S / 6)
            if monotonic() - self._heard_at > (silence_s := SILENCE_S if self._has_built else BUILD_S):
                self._end_silent(silence_s)
        self._leave()
        assert self._channel is not None
        assert self._handing is not None
        await asyncio.wait({self._channel.closed}, timeout=LAST_WORDS_S)
        await asyncio.sleep(0)  # the handlers of those words are tasks
        self._handing.close()
        return self._failure or _status_text(self._exit.result())

    def _end_silent(self, silence_s: float) -> None:
        """End a worker whose loop hangs; SIGABRT makes Python's faulthandler tell where."""
        log.error("worker %d (pid %d) has been silent for %g s", self.number, self.pid, silence_s)
        self.hung, self._heard_at = True, monotonic()
        self._process.send_signal(signal.SIGABRT)
        asyncio.get_running_loop().call_later(ABORT_GRACE_S, self.kill)


async def _spawned(command: Sequence[str], inherited: Inheritance) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        pass_fds=inherited.descriptors(),
        env=inherited.environment(),
    )


def _names_beyond(held: Container[socket.socket], listeners: Mapping[str, socket.socket]) -> list[str]:
    """Name the listeners whose queues are to be emptied, for nobody would after this worker."""
    return [name for name, each in listeners.items() if each not in held]


def _status_text(status: int) -> str:
    return f"exit status {status}" if status >= 0 else signal.Signals(-status).name
