"""Lines on their way to a file: collected on the event loop, handed over in batches.

The event loop only appends to a list. What the sink does not take in time is dropped and counted.
"""

from __future__ import annotations

import asyncio
from typing import Final

from proxy.line_sink import Sink
from proxy.metrics import Cell

FLUSH_BYTES: Final = 64 * 1024
FLUSH_AFTER_S: Final = 0.5
MAX_PENDING_BYTES: Final = 4 * 1024 * 1024


class LineLog:
    """`dropped` counts the lines that the sink refused. Raises StartError for a path that cannot be opened."""

    def __init__(self, path: str, what: str, dropped: Cell) -> None:
        self._sink = Sink(path, what)
        self._dropped = dropped
        self._lines: list[str] = []
        self._held = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, line: str) -> None:
        """Take one line of ASCII, its end included."""
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
        """Let a rotated file go."""
        self._sink.reopen()

    def close(self) -> None:
        """Write what is left."""
        self.flush()
        self._sink.close()
