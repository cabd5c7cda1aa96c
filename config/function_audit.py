"""The functions' audit log: one JSON line for each host call that was denied, the first of its kind in each call."""

from __future__ import annotations

import json

from proxy.line_log import LineLog
from proxy.metrics import Cell
from proxy.runtime import wall_clock
from wasm_host.functions.hostcall import Reason

LONGEST_DETAIL = 500
"""What a guest asked for stands in it, and that may be long."""


class FunctionAudit:
    """Opened before the first line, or by `open`."""

    def __init__(self, path: str, dropped: Cell) -> None:
        self._path, self._dropped = path, dropped
        self._log: LineLog | None = None

    def open(self) -> LineLog:
        """Open the file; raises StartError."""
        if self._log is None:
            self._log = LineLog(self._path, "functions' audit log", self._dropped)
        return self._log

    def write(self, function: str, version: str, call: str, reason: Reason, detail: str) -> None:
        told = {
            "time": round(wall_clock(), 3),
            "function": function,
            "version": version,
            "call": call,
            "reason": reason,
            "detail": detail[:LONGEST_DETAIL],
        }
        self.open().add(json.dumps(told, separators=(",", ":")) + "\n")

    def reopen(self) -> None:
        if self._log is not None:
            self._log.reopen()

    def close(self) -> None:
        """Write what is left."""
        log, self._log = self._log, None
        if log is not None:
            log.close()
