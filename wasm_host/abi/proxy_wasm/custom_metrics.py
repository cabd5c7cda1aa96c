"""Metrics that guests define, in /metrics as `wasm_custom_total`, `wasm_custom_value` and `wasm_custom_observations`.

They belong to the filter, not to the guest: one that takes a failed one's place counts on.
"""

from __future__ import annotations

import logging
from typing import Final, Protocol

from proxy.metrics import Cell, Distribution, Registry
from wasm_host.abi.proxy_wasm.numbers import OK, MetricKind, Status

log = logging.getLogger("penstock.wasm")

MOST_METRICS: Final = 200
"""Of one filter. A name is a label's value, so each is a series, and a guest may make names of what clients send."""
LONGEST_NAME: Final = 256

_WIDTH: Final = 2**64


class Metric(Protocol):
    """One metric; numbers come as signed 64 bits, and each answer is a Status. `value` is None where it has none."""

    def increment(self, delta: int) -> int: ...
    def record(self, value: int) -> int: ...
    @property
    def value(self) -> int | None: ...


class Counter:
    """Recording on it adds as well, as in Envoy."""

    def __init__(self, cell: Cell) -> None:
        self._cell = cell

    def increment(self, delta: int) -> int:
        if delta < 0:
            return Status.BAD_ARGUMENT
        self._cell.value += delta
        return OK

    def record(self, value: int) -> int:
        self._cell.value += value % _WIDTH
        return OK

    @property
    def value(self) -> int | None:
        return int(self._cell.value)


class Gauge:
    def __init__(self, cell: Cell) -> None:
        self._cell = cell

    def increment(self, delta: int) -> int:
        self._cell.value += delta
        return OK

    def record(self, value: int) -> int:
        self._cell.value = value
        return OK

    @property
    def value(self) -> int | None:
        return int(self._cell.value)


class Histogram:
    """Only recorded; to increment or read it is refused, as in Envoy."""

    value = None

    def __init__(self, distribution: Distribution) -> None:
        self._distribution = distribution

    def increment(self, delta: int) -> int:
        return Status.BAD_ARGUMENT

    def record(self, value: int) -> int:
        self._distribution.observe(value % _WIDTH)
        return OK


class CustomMetrics:
    """The metrics of one filter in one worker."""

    def __init__(self, registry: Registry, filter: str) -> None:
        self._registry, self._filter = registry, filter
        self._ids: dict[tuple[MetricKind, bytes], int] = {}
        self._metrics: list[Metric] = []
        self._warned = False

    def define(self, kind: MetricKind, name: bytes) -> int | None:
        """Return a metric's id, the same for the same kind and name; None where there are too many."""
        known = self._ids.get((kind, name))
        if known is not None:
            return known
        if len(self._metrics) >= MOST_METRICS or len(name) > LONGEST_NAME:
            self._refuse(name)
            return None
        self._metrics.append(self._made(kind, _label(name)))
        self._ids[kind, name] = len(self._metrics)
        return len(self._metrics)

    def find(self, id: int) -> Metric | None:
        return self._metrics[id - 1] if 0 < id <= len(self._metrics) else None

    def _made(self, kind: MetricKind, name: str) -> Metric:
        registry, filter = self._registry, self._filter
        if kind is MetricKind.COUNTER:
            return Counter(registry.wasm_custom.child(filter, name))
        if kind is MetricKind.GAUGE:
            return Gauge(registry.wasm_custom_value.child(filter, name))
        return Histogram(registry.wasm_custom_observations.child(filter, name))

    def _refuse(self, name: bytes) -> None:
        if not self._warned:
            self._warned = True
            log.warning(
                "%s: metric %r is refused, and maybe more: a filter has at most %d, with names of at most %d bytes",
                self._filter,
                name[:LONGEST_NAME],
                MOST_METRICS,
                LONGEST_NAME,
            )


def _label(name: bytes) -> str:
    """Make a label's value of a name: text, without what would break a line or hide."""
    return "".join(each if each.isprintable() else "_" for each in name.decode("utf-8", "replace"))
