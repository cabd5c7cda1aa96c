"""What guests log: through Python's logger `penstock.wasm`, bounded, for a guest writes as much as it likes."""

from __future__ import annotations

import logging
from typing import Final

from proxy.metrics import Cell
from proxy.runtime import monotonic

log = logging.getLogger("penstock.wasm")

LEVELS: Final = ("trace", "debug", "info", "warn", "error", "critical")
"""By the numbers that the ABIs give them."""
_PYTHONS: Final = (5, logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)

LONGEST_LINE_BYTES: Final = 8192
LINES_A_SECOND: Final = 500
BYTES_A_SECOND: Final = 512 * 1024
"""To make 8 KiB visible and write them takes up to a millisecond."""


class LogLines:
    """One filter's lines: those below its level are dropped, and those over the rate are counted and dropped."""

    __slots__ = ("_bytes_left", "_dropped", "_left", "_name", "_second", "_unsaid", "level")

    def __init__(self, name: str, level: int, dropped: Cell) -> None:
        self._name, self.level, self._dropped = name, level, dropped
        self._second = 0
        self._left, self._bytes_left = LINES_A_SECOND, BYTES_A_SECOND
        self._unsaid = 0

    def write(self, level: int, text: bytes) -> None:
        if level < self.level:
            return
        second = int(monotonic())
        if second != self._second:
            self._second, self._left, self._bytes_left = second, LINES_A_SECOND, BYTES_A_SECOND
            if self._unsaid:
                log.warning("%s: %d lines were dropped", self._name, self._unsaid)
                self._unsaid = 0
        if self._left and self._bytes_left > 0:
            self._left -= 1
            self._bytes_left -= min(len(text), LONGEST_LINE_BYTES)
            self._say(level, printable(text))
        else:
            self._unsaid += 1
            self._dropped.value += 1

    def _say(self, level: int, line: str) -> None:
        log.log(_PYTHONS[level], "%s: %s", self._name, line)


def printable(text: bytes) -> str:
    """Return what a guest wrote as one line, whatever it (or its client) put into it."""
    return text[:LONGEST_LINE_BYTES].decode("utf-8", "backslashreplace").rstrip("\n").translate(_VISIBLE)


_VISIBLE: Final = {number: f"\\x{number:02x}" for number in (*range(9), *range(10, 32), *range(127, 160))}
"""Control characters, but for the tab: a terminal obeys those above 127 too."""
