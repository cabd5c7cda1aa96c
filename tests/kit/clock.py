"""Time in a test's hand."""

from __future__ import annotations

import sys
from typing import Self

from proxy import runtime


class FakeClock:
    """Stands in for `runtime.monotonic` in every module that imported it, and moves only when told.

    Deadlines are judged by the sweeper, which still turns in real time: at most one period after `advance` they fall.
    """

    def __init__(self, start_s: float = 1_000.0) -> None:
        self.now = start_s
        self._replaced: list[object] = []

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds

    def __enter__(self) -> Self:
        self._real = runtime.monotonic
        self.now = max(self.now, self._real())
        for module in list(sys.modules.values()):
            if getattr(module, "monotonic", None) is self._real and getattr(module, "__name__", "") != "time":
                module.monotonic = self  # type: ignore[attr-defined]
                self._replaced.append(module)
        return self

    def __exit__(self, *_: object) -> None:
        for module in self._replaced:
            module.monotonic = self._real  # type: ignore[attr-defined]
