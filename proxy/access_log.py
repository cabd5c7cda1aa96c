"""The access log: one JSON line an exchange, written in batches by a thread.

The event loop only appends to a list. A thread writes, because a slow disk or a full pipe would otherwise stop every
exchange, and because making an inherited stdout non-blocking would change it for its other users too. What the sink
does not take in time is dropped and counted.
"""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Final

from proxy.errors import StartError
from proxy.exchange import Exchange
from proxy.log_fields import line_maker
from proxy.metrics import Cell
from proxy.runtime import log

FLUSH_BYTES: Final = 64 * 1024
FLUSH_AFTER_S: Final = 0.5
MAX_PENDING_BYTES: Final = 4 * 1024 * 1024
CLOSE_TIMEOUT_S: Final = 2.0

ATOMIC_BYTES: Final = 4096
"""Linux' PIPE_BUF: several workers share a pipe, and longer writes to it may be interleaved (pipe(7))."""


class Sink:
    """A file, or stdout, that a thread of its own writes to."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._fd = self._open()
        self._atomic = not stat.S_ISREG(os.fstat(self._fd).st_mode)
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        # Each side counts up its own number; the difference is what waits, without a lock.
        self._given_bytes = self._taken_bytes = 0
        self._failing = False
        self._reopen_wanted = False
        self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
        self._thread.start()

    def _open(self) -> int:
        if self._path == "stdout":
            return sys.__stdout__.fileno() if sys.__stdout__ is not None else 1
        try:
            return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise StartError(f"access log {self._path}: {error.strerror}") from error

    @property
    def pending_bytes(self) -> int:
        return self._given_bytes - self._taken_bytes

    def give(self, batch: bytes) -> None:
        self._given_bytes += len(batch)
        self._queue.put(batch)

    def reopen(self) -> None:
        """Open the path anew before the next write, so that a rotated file is let go."""
        self._reopen_wanted = True
        self._queue.put(b"")

    def close(self) -> None:
        """Write what waits, giving up after a while, for the sink may be stuck."""
        self._queue.put(None)
        self._thread.join(CLOSE_TIMEOUT_S)
        if not self._thread.is_alive() and self._path != "stdout":
            os.close(self._fd)

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            try:
                if self._reopen_wanted:
                    self._reopen()
                self._write(batch)
                self._failing = False
            except (OSError, StartError) as error:
                self._complain(error)
            self._taken_bytes += len(batch)

    def _reopen(self) -> None:
        self._reopen_wanted = False
        if self._path != "stdout":
            opened = self._open()
            os.close(self._fd)
            self._fd = opened

    def _write(self, batch: bytes) -> None:
        for piece in pieces(batch, ATOMIC_BYTES) if self._atomic else (batch,):
            _write_all(self._fd, piece)

    def _complain(self, error: Exception) -> None:
        if not self._failing:  # once, not for every batch
            self._failing = True
            log.error("cannot write the access log: %s", error)


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def pieces(batch: bytes, size: int) -> Iterator[bytes]:
    """Cut a batch behind line ends into pieces of at most `size` bytes; a longer line stays whole."""
    start = 0
    while len(batch) - start > size:
        end = batch.rfind(b"\n", start, start + size) + 1 or batch.find(b"\n", start + size) + 1 or len(batch)
        yield batch[start:end]
        start = end
    if start < len(batch):
        yield batch[start:]


class AccessLog:
    """Collects lines on the event loop and hands them to a sink. `dropped` counts the lines that it refused.

    Made with the fields' names in the order wanted; raises KeyError for one that proxy/log_fields.py does not have,
    StartError for a path that cannot be opened.
    """

    def __init__(self, path: str, fields: tuple[str, ...], dropped: Cell) -> None:
        self._line = line_maker(fields)
        self._sink = Sink(path)
        self._dropped = dropped
        self._lines: list[str] = []
        self._held = 0
        self._timer: asyncio.TimerHandle | None = None

    def write(self, exchange: Exchange) -> None:
        line = self._line(exchange)
        self._lines.append(line)
        self._held += len(line)
        if self._held >= FLUSH_BYTES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self.flush)

    def flush(self) -> None:
        """Hand over what was collected, or drop it where too much waits already."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines, self._held = self._lines, [], 0
        if self._sink.pending_bytes > MAX_PENDING_BYTES:
            self._dropped.value += len(lines)
        elif lines:
            self._sink.give("".join(lines).encode("ascii"))

    def reopen(self) -> None:
        self._sink.reopen()

    def close(self) -> None:
        """Write what is left."""
        self.flush()
        self._sink.close()
