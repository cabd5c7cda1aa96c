"""A file, or stdout or stderr, that lines are appended to by a thread.

A thread writes, because a slow disk or a full pipe would otherwise stop every exchange, and because making an inherited
stdout non-blocking would change it for its other users too.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Final

from proxy.errors import StartError
from proxy.runtime import log

CLOSE_TIMEOUT_S: Final = 2.0

STREAMS: Final = {"stdout": 1, "stderr": 2}
"""Words in the place of a path, and the descriptors that they mean."""

ATOMIC_BYTES: Final = 4096
"""Linux' PIPE_BUF: several workers share a pipe, and longer writes to it may be interleaved (pipe(7))."""


class Sink:
    """What a path leads to, with a thread of its own; `what` is what errors call it, `access log`.

    Made with a path that cannot be opened it raises StartError. `mode` is a new file's.
    """

    def __init__(self, path: str, what: str, *, mode: int = 0o640) -> None:
        self._path, self._what, self._mode = path, what, mode
        self._fd = self._open()
        self._atomic = not stat.S_ISREG(os.fstat(self._fd).st_mode)
        self._queue: SimpleQueue[bytes | Future[None] | None] = SimpleQueue()
        # Each side counts up its own number; the difference is what waits, without a lock.
        self._given_bytes = self._taken_bytes = 0
        self._failing = self._closed = False
        self._reopen_wanted = False
        self._thread = threading.Thread(target=self._run, name=self._what.replace(" ", "-"), daemon=True)
        self._thread.start()

    def _open(self) -> int:
        if self._path in STREAMS:
            stream = getattr(sys, f"__{self._path}__")
            return STREAMS[self._path] if stream is None else int(stream.fileno())
        try:
            return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, self._mode)
        except OSError as error:
            raise StartError(f"{self._what} {self._path}: {error.strerror}") from error

    @property
    def pending_bytes(self) -> int:
        return self._given_bytes - self._taken_bytes

    def give(self, batch: bytes) -> None:
        self._given_bytes += len(batch)
        self._queue.put(batch)

    def written(self) -> Future[None]:
        """Return what is done once all that was given is written, or has failed to be."""
        done: Future[None] = Future()
        self._queue.put(done)
        return done

    def reopen(self) -> None:
        """Open the path anew before the next write, so that a rotated file is let go."""
        self._reopen_wanted = True
        self._queue.put(b"")

    def close(self) -> None:
        """Write what waits, giving up after a while, for the sink may be stuck; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._thread.join(CLOSE_TIMEOUT_S)
        if not self._thread.is_alive() and self._path not in STREAMS:
            os.close(self._fd)

    def _run(self) -> None:
        while (batch := self._queue.get()) is not None:
            if isinstance(batch, Future):
                if batch.set_running_or_notify_cancel():
                    batch.set_result(None)
                continue
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
        if self._path not in STREAMS:
            opened = self._open()
            os.close(self._fd)
            self._fd = opened

    def _write(self, batch: bytes) -> None:
        for piece in pieces(batch, ATOMIC_BYTES) if self._atomic else (batch,):
            _write_all(self._fd, piece)

    def _complain(self, error: Exception) -> None:
        if not self._failing:  # once, not for every batch
            self._failing = True
            log.error("cannot write the %s: %s", self._what, error)


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
