"""Gauges of what is configured no more are taken out."""

from collections.abc import Iterable

from proxy.cache.cache import Cache
from proxy.gone_gauges import forget_gauges
from proxy.limits import Limits
from proxy.listener import Graph, ListenerSpec
from proxy.metrics import Registry
from proxy.route import Router
from proxy.upstream.settings import EndpointSpec
from proxy.upstream.upstream import Upstream


def graph(
    registry: Registry,
    *,
    listeners: Iterable[str] = (),
    caches: Iterable[str] = (),
    upstreams: Iterable[tuple[str, str]] = (),
) -> Graph:
    return Graph(
        [ListenerSpec(name, "", Limits(), Router([])) for name in listeners],
        {name: Upstream(name, [EndpointSpec(address)], registry=registry) for name, address in upstreams},
        caches={
            name: Cache(name, memory_bytes=1 << 20, max_object_bytes=1024, redis=None, registry=registry)
            for name in caches
        },
    )


def test_endpoints_that_no_graph_has_are_forgotten_one_by_one() -> None:
    registry = Registry()
    gone = graph(registry, upstreams=[("api", "127.0.0.1:1"), ("web", "127.0.0.1:2")])
    kept = graph(registry, upstreams=[("api", "127.0.0.1:3"), ("web", "127.0.0.1:2")])
    forget_gauges(registry, gone, [kept])
    up = [labels for labels, _ in registry.upstream_endpoint_up.samples()]
    assert up == [["web", "127.0.0.1:2"], ["api", "127.0.0.1:3"]]
    assert ["api", "127.0.0.1:1", "open"] not in [labels for labels, _ in registry.upstream_connections.samples()]


def test_caches_and_listeners_are_forgotten_by_name_and_counters_stay() -> None:
    registry = Registry()
    gone, kept = (graph(registry, listeners=[name, "both"], caches=[name, "both"]) for name in ("gone", "kept"))
    for listener in ("gone", "kept", "both"):
        registry.http_requests_in_flight.child(listener)
        registry.http_requests.child(listener, "all", "GET", 200).value += 1
    forget_gauges(registry, gone, [kept])
    assert [name for (name,), _ in registry.cache_size.samples()] == ["both", "kept"]
    assert [name for (name,), _ in registry.http_requests_in_flight.samples()] == ["kept", "both"]
    assert len(registry.http_requests.samples()) == 3


def test_what_is_configured_again_is_measured_again() -> None:
    registry = Registry()
    forget_gauges(registry, graph(registry, upstreams=[("api", "127.0.0.1:1")]), [])
    assert registry.upstream_endpoint_up.samples() == []
    graph(registry, upstreams=[("api", "127.0.0.1:1")])
    assert registry.upstream_endpoint_up.samples() == [(["api", "127.0.0.1:1"], 1)]
