"""Time in a test's hand."""

from __future__ import annotations

import sys
from typing import Literal, Self

from proxy import runtime

LATER_S = 2_000_000_000.0
"""May 2033: where a fake wall clock begins."""


class FakeClock:
    """Stands in for a clock of `runtime` in every module that imported it, and moves only when told.

    Deadlines are judged by the sweeper, which still turns in real time: at most one period after `advance` they fall.
    """

    def __init__(self, start_s: float = 1_000.0, of: Literal["monotonic", "wall_clock"] = "monotonic") -> None:
        self.now = start_s
        self._name = of
        self._replaced: list[object] = []

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds

    def __enter__(self) -> Self:
        name = self._name
        self._real = getattr(runtime, name)
        if name == "monotonic":
            self.now = max(self.now, self._real())
        for module in list(sys.modules.values()):
            if getattr(module, name, None) is self._real and getattr(module, "__name__", "") != "time":
                setattr(module, name, self)
                self._replaced.append(module)
        return self

    def __exit__(self, *_: object) -> None:
        for module in self._replaced:
            setattr(module, self._name, self._real)
