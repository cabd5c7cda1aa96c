"""What is counted about one filter's guests."""

from __future__ import annotations

from proxy.errors import GuestError
from proxy.metrics import Registry


class GuestMetrics:
    """The cells of one filter; families are declared in proxy/metrics.py."""

    def __init__(self, registry: Registry, filter: str) -> None:
        self.instances = registry.wasm_instances.child(filter)
        self.quarantined = registry.wasm_quarantined.child(filter)
        self.log_dropped = registry.wasm_log_dropped.child(filter)
        self._filter, self._traps = filter, registry.wasm_traps

    def trapped(self, failure: GuestError) -> None:
        self._traps.child(self._filter, failure.reason).value += 1
