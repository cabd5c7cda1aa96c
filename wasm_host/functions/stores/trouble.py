"""What is counted and said while a store does not work; said at most once a minute."""

from __future__ import annotations

import logging
from typing import Final

from proxy.metrics import Registry
from proxy.runtime import NEVER, monotonic

log = logging.getLogger("penstock.functions")

SILENCE_S: Final = 60.0


class Trouble:
    """One store's state for operators: its metrics, and its lines in the log."""

    def __init__(self, store: str, registry: Registry) -> None:
        self._store, self._registry = store, registry
        self._up = registry.function_store_up.child(store)
        self._said_at = -NEVER
        self._was_said = False

    def count(self, reason: str) -> None:
        """Count a call that failed, by a word of a fixed set."""
        self._registry.function_store_failures.child(self._store, reason).value += 1

    def begin(self, text: str) -> None:
        """Note that the store does not work."""
        self._up.value = 0
        if monotonic() - self._said_at >= SILENCE_S:
            self._said_at, self._was_said = monotonic(), True
            log.warning("functions: %s is unavailable: %s", self._store, text)

    def end(self) -> None:
        """Note that it works, for the first time or again."""
        self._up.value = 1
        if self._was_said:
            self._was_said = False
            log.warning("functions: %s is back", self._store)
