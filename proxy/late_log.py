"""A log of lines whose file is opened before the first of them, or when that is asked for: not where it is made."""

from __future__ import annotations

from proxy.line_log import LineLog
from proxy.metrics import Cell


class LateLog:
    """`what` names the log in errors, `dropped` counts the lines that found no room."""

    def __init__(self, path: str, what: str, dropped: Cell) -> None:
        self._path, self._what, self._dropped = path, what, dropped
        self._log: LineLog | None = None

    def open(self) -> LineLog:
        """Open the file; raises StartError."""
        if self._log is None:
            self._log = LineLog(self._path, self._what, self._dropped)
        return self._log

    def reopen(self) -> None:
        """Let a rotated file go."""
        if self._log is not None:
            self._log.reopen()

    def close(self) -> None:
        """Write what is left."""
        log, self._log = self._log, None
        if log is not None:
            log.close()
