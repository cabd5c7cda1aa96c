"""The usual `process_*` families, for the supervisor and its workers together."""

from __future__ import annotations

import os
import resource
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from prometheus_client import ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

Join = Callable[[Sequence[float]], float]


def _cpu_s(living: Sequence[float]) -> float:
    """Add the time of workers that ended, for a counter must not fall."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(living) + ended.ru_utime + ended.ru_stime


JOINED_BY: Final[Mapping[str, Join]] = {
    "process_cpu_seconds": _cpu_s,
    "process_start_time_seconds": min,
    "process_max_fds": min,
}
"""How the numbers of several processes become one, where it is not by adding."""


class ProcessesCollector(Collector):
    """Reads /proc at each scrape. Resident memory counts pages that processes share once for each of them."""

    def __init__(self, worker_pids: Sequence[int]) -> None:
        self._pids = (os.getpid(), *worker_pids)

    def collect(self) -> Iterator[Metric]:
        for metrics in self._by_name().values():
            first = metrics[0]
            join = JOINED_BY.get(first.name, sum)
            make = CounterMetricFamily if first.type == "counter" else GaugeMetricFamily
            yield make(first.name, first.documentation, value=join([each.samples[0].value for each in metrics]))

    def _by_name(self) -> dict[str, list[Metric]]:
        found: dict[str, list[Metric]] = defaultdict(list)
        for pid in self._pids:
            for metric in ProcessCollector(pid=partial(str, pid), registry=None).collect():
                found[metric.name].append(metric)
        return found
