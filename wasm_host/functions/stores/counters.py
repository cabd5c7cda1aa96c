"""Counters that functions define, in /metrics as `function_custom_total`. They are the function's, not a version's."""

from __future__ import annotations

import re
from typing import Final

from proxy.metrics import Cell, Registry
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.stores.integers import MOST

MOST_COUNTERS: Final = 200
"""Of one function, as of one Proxy-Wasm filter: each is a series, and a guest may make names of what clients send."""

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Counters:
    """The counters of one function in one worker."""

    def __init__(self, registry: Registry, function: str) -> None:
        self._family, self._function = registry.function_custom, function
        self._cells: dict[str, Cell] = {}

    def add(self, name: str, by: int) -> None:
        """Add to a counter; names are 1 to 64 letters, digits, `_`, `-` and `.`, and counters never fall."""
        if not 0 <= by <= MOST:
            raise HostcallFailed("invalid", "a counter takes what is 0 or more")
        cell = self._cells.get(name) or self._made(name)
        cell.value += by

    def _made(self, name: str) -> Cell:
        if not _NAME.fullmatch(name):
            raise HostcallFailed("invalid", f"no name of a metric: {name[:64]!r}")
        if len(self._cells) >= MOST_COUNTERS:
            raise HostcallFailed("over_budget", f"a function has at most {MOST_COUNTERS} metrics")
        cell = self._cells[name] = self._family.child(self._function, name)
        return cell
