"""What `/metrics` shows: the snapshots of several workers merged, in Prometheus' formats.

All of it runs in the supervisor, away from the workers' loops.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from proxy.metrics import PREFIX, SPECS, Sample, Snapshot, Spec, Value
from proxy.processes import ProcessesCollector


def merge(snapshots: Iterable[Snapshot]) -> Snapshot:
    """Join snapshots by each family's rule; a family that this version does not know is left out."""
    merged: dict[str, dict[tuple[str, ...], Value]] = {}
    for snapshot in snapshots:
        for name, samples in snapshot.items():
            if name in SPECS:
                _add(SPECS[name], merged.setdefault(name, {}), samples)
    return {name: [(list(labels), value) for labels, value in series.items()] for name, series in merged.items()}


def _add(spec: Spec, series: dict[tuple[str, ...], Value], samples: Iterable[Sample]) -> None:
    for labels, value in samples:
        key = tuple(labels)
        series[key] = _join(spec, series[key], value) if key in series else value


def _join(spec: Spec, one: Value, other: Value) -> Value:
    if isinstance(one, list) and isinstance(other, list):
        return [a + b for a, b in zip(one, other, strict=True)]
    if isinstance(one, list) or isinstance(other, list):
        raise ValueError(f"{spec.name}: a histogram meets a number")
    return min(one, other) if spec.joining == "min" else one + other


def lasting(snapshot: Snapshot) -> Snapshot:
    """Return what outlives its worker: a counter that fell would look like a restart, a gauge that stayed a lie."""
    return {name: samples for name, samples in snapshot.items() if name in SPECS and SPECS[name].kind != "gauge"}


class SnapshotCollector(Collector):
    """One merged snapshot as prometheus_client's families."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        for spec in SPECS.values():
            yield _family(spec, sorted(self._snapshot.get(spec.name, ()), key=lambda sample: sample[0]))


def _family(spec: Spec, samples: Iterable[Sample]) -> Metric:
    name = PREFIX + spec.name
    if spec.kind == "histogram":
        return _histogram(name, spec, samples)
    make = CounterMetricFamily if spec.kind == "counter" else GaugeMetricFamily
    family = make(name, spec.help, labels=spec.labels)
    for labels, value in samples:
        assert not isinstance(value, list)
        family.add_metric(labels, value)
    return family


def _histogram(name: str, spec: Spec, samples: Iterable[Sample]) -> Metric:
    family = HistogramMetricFamily(name, spec.help, labels=spec.labels)
    bounds = [*(str(bound) for bound in spec.bounds), "+Inf"]
    for labels, value in samples:
        assert isinstance(value, list)
        total, *counts = value
        family.add_metric(labels, list(zip(bounds, accumulate(counts), strict=True)), total)
    return family


class BuildCollector(Collector):
    """Which Penstock runs, on which Python."""

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(PREFIX + "build_info", "Always 1.", labels=("version", "python"))
        family.add_metric((version("penstock"), platform.python_version()), 1)
        yield family


def render(snapshot: Snapshot, worker_pids: Sequence[int], accept: str) -> tuple[bytes, str]:
    """Return the exposition and its content type; OpenMetrics where Accept names it, else Prometheus text."""
    registry = CollectorRegistry()
    registry.register(SnapshotCollector(snapshot))
    registry.register(BuildCollector())
    registry.register(ProcessesCollector(worker_pids))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type
