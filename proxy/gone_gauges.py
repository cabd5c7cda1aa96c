"""Gauges of what is configured no more, which would go on saying what was last true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from proxy.listener import Graph
from proxy.metrics import Cell, Family, Registry

Labels: TypeAlias = tuple[str, ...]
"""The first labels of a gauge, which say what it is about."""


def forget_gauges(registry: Registry, gone: Graph, graphs: Sequence[Graph]) -> None:
    """Take out the gauges of what a graph has and none of the others. Counters stay, for they must not fall."""
    for families, named in (
        (_endpoint_gauges(registry), _endpoints),
        (_cache_gauges(registry), _caches),
        (_listener_gauges(registry), _listeners),
    ):
        kept = {labels for graph in graphs for labels in named(graph)}
        for labels in set(named(gone)) - kept:
            for family in families:
                family.forget(*labels)


def _endpoint_gauges(registry: Registry) -> Iterable[Family[Cell]]:
    return registry.upstream_endpoint_up, registry.upstream_connections


def _endpoints(graph: Graph) -> Iterator[Labels]:
    return ((upstream.name, each.name) for upstream in graph.upstreams.values() for each in upstream.endpoints)


def _cache_gauges(registry: Registry) -> Iterable[Family[Cell]]:
    return registry.cache_size, registry.cache_entries, registry.cache_backend_up


def _caches(graph: Graph) -> Iterator[Labels]:
    return ((name,) for name in graph.caches)


def _listener_gauges(registry: Registry) -> Iterable[Family[Cell]]:
    return registry.downstream_connections, registry.http_requests_in_flight, registry.tls_certificate_not_after


def _listeners(graph: Graph) -> Iterator[Labels]:
    return ((spec.name,) for spec in graph.listeners)
