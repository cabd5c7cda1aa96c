"""The functions' audit log: one JSON line for each host call that was denied, the first of its kind in each call."""

from __future__ import annotations

import json

from proxy.late_log import LateLog
from proxy.metrics import Cell
from proxy.runtime import wall_clock
from wasm_host.functions.hostcall import Reason

LONGEST_DETAIL = 500
"""What a guest asked for stands in it, and that may be long."""


class FunctionAudit(LateLog):
    """Opened before the first line, or by `open`."""

    def __init__(self, path: str, dropped: Cell) -> None:
        super().__init__(path, "functions' audit log", dropped)

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
