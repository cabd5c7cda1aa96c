"""What the guests of one version log, and what is said of them: in the ordinary log, and to who listens."""

from __future__ import annotations

from proxy.functions import TellLine
from proxy.metrics import Cell
from proxy.runtime import wall_clock
from wasm_host.functions.settings import FunctionSettings
from wasm_host.log_lines import LEVELS, LogLines


class FunctionLines(LogLines):
    """Bounded as every guest's lines are; who listens is told what is written, and no more."""

    __slots__ = ("_tell", "_version")

    def __init__(self, settings: FunctionSettings, dropped: Cell, tell: TellLine) -> None:
        super().__init__(settings.name, settings.log_level, dropped)
        self._version, self._tell = settings.version, tell

    def _say(self, level: int, line: str) -> None:
        super()._say(level, line)
        self._tell(
            {
                "function": self._name,
                "version": self._version,
                "level": LEVELS[level],
                "text": line,
                "at": wall_clock(),
            }
        )
