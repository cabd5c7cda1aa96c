"""What is counted of a version's calls: in the metrics, under its function's name, and for whoever asks about it."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from proxy.errors import GuestError
from proxy.metrics import Cell, Distribution, Registry


class Books:
    """The cells of one version, made when it is first called: of a thousand functions most are not.

    The families are declared in proxy/metrics.py; `outcomes` are the version's own.
    """

    def __init__(self, registry: Registry, function: str) -> None:
        self._registry, self._function = registry, function
        self.outcomes: Counter[str] = Counter()

    @cached_property
    def running(self) -> Cell:
        return self._registry.functions_running.child(self._function)

    @cached_property
    def queued(self) -> Cell:
        return self._registry.functions_queued.child(self._function)

    @cached_property
    def _duration(self) -> Distribution:
        return self._registry.function_duration.child(self._function)

    @cached_property
    def _cpu(self) -> Cell:
        return self._registry.function_cpu.child(self._function)

    def ended(self, outcome: str, seconds: float, cpu_s: float) -> None:
        self._duration.observe(seconds)
        self._cpu.value += cpu_s
        self.count(outcome)

    def count(self, outcome: str) -> None:
        """Count what a call came to, or why it never was one."""
        self.outcomes[outcome] += 1
        self._registry.function_requests.child(self._function, outcome).value += 1

    def trapped(self, failure: GuestError) -> None:
        self._registry.wasm_traps.child(self._function, failure.reason).value += 1
