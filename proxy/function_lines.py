"""What guests of edge functions log, on its way from a worker to the supervisor: gathered, and only so much of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, TypeAlias

GATHER_S: Final = 0.05
"""So long lines are gathered for one message."""
MOST_LINES: Final = 1000
MOST_LINES_OF_ONE: Final = 100
"""More of a function are not told: what floods must neither hide the others nor fill the control channel."""
LONGEST_TEXT: Final = 4096

Told: TypeAlias = dict[str, Any]
"""`lines`, each as proxy.functions.TellLine has it, and `lost`, how many more there were, by the function's name."""


class FunctionLines:
    """`tell` takes what was gathered to the supervisor."""

    def __init__(self, tell: Callable[[Told], None]) -> None:
        self._tell = tell
        self._timer: asyncio.TimerHandle | None = None
        self._empty()

    def _empty(self) -> None:
        self._lines: list[dict[str, Any]] = []
        self._counts: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()

    def take(self, line: dict[str, Any]) -> None:
        """Take a line to be told soon, or count it as lost."""
        name = line["function"]
        if len(self._lines) < MOST_LINES and self._counts[name] < MOST_LINES_OF_ONE:
            self._counts[name] += 1
            self._lines.append(_shortened(line))
        else:
            self._lost[name] += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self.flush)

    def flush(self) -> None:
        """Tell what was gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._tell({"lines": self._lines, "lost": dict(self._lost)})
            self._empty()


def _shortened(line: dict[str, Any]) -> dict[str, Any]:
    text = line["text"]
    return line if len(text) <= LONGEST_TEXT else {**line, "text": text[:LONGEST_TEXT] + "…"}
