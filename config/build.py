"""The composition root: what one worker serves, made of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, cast

from config import schema
from config.caches import cached_origin, caches_of
from config.chains import Chains
from config.configuration import Configuration
from config.deployed import NOTHING_DEPLOYED, Deployed
from config.error_pages import error_pages
from config.hash_by import HashBy
from config.origins import cacheable, origin_of
from config.parts import Parts
from config.redirects import redirect_route
from config.stock import Stock
from config.tls_settings import client_tls, server_tls
from proxy.access_log import AccessLog
from proxy.limits import Limits
from proxy.listener import Graph, ListenerSpec
from proxy.local_answer import ErrorPage
from proxy.metrics import Registry
from proxy.path import PathRules
from proxy.route import Route, Router
from proxy.upstream.settings import EndpointSpec, HashOn, Retries, Timeouts
from proxy.upstream.upstream import Upstream

if TYPE_CHECKING:
    from config.functions import EdgeFunctions
    from config.wasm_filters import WasmFilters

LIMIT_NAMES = {each.name.removesuffix("_s"): each.name for each in fields(Limits)}
"""The YAML's names of the limits, where durations carry their unit, and those of proxy/limits.py."""


def build(
    configuration: Configuration,
    registry: Registry,
    previous: Graph | None = None,
    deployed: Deployed = NOTHING_DEPLOYED,
) -> Graph:
    """Build from the inside out; raises StartError for what only shows now, such as a log that can't be opened.

    Parts that the previous graph has just so are kept, and run on. It does not notice, nor if this fails.
    """
    stock, former = Stock(of=configuration), None
    if previous is not None:
        former = cast("WasmFilters | None", previous.modules)
        stock = Stock(cast(Stock, previous.stock), configuration)
    parts = Parts(configuration.directory, registry, upstreams_of(configuration, registry, stock), former=former)
    try:
        parts.functions = _functions(configuration, registry, deployed, previous)
        graph = _built(configuration, parts, stock)
    except BaseException:
        if parts.wasm is not None:
            parts.wasm.abandon()
        if parts.functions is not None:
            parts.functions.abandon()
        raise
    stock.seal()
    return graph


def is_known(configuration: Configuration, previous: Graph | None) -> bool:
    """Tell whether the graph is of this very configuration, not of another that was read of the same text."""
    return previous is not None and cast(Stock, previous.stock).of is configuration


def _functions(
    configuration: Configuration, registry: Registry, deployed: Deployed, previous: Graph | None
) -> EdgeFunctions | None:
    if configuration.config.functions is None:
        return None
    from config.functions import edge_functions  # With the engine of their guests, which nobody else should pay for.

    return edge_functions(configuration, registry, deployed, previous)


def _built(configuration: Configuration, parts: Parts, stock: Stock) -> Graph:
    config, registry, upstreams = configuration.config, parts.registry, parts.upstreams
    # A named filter is one object wherever it is used, so that a rate limit spans its routes.
    chains = Chains(configuration, parts, stock)
    if parts.wasm is not None:
        parts.wasm.chains = chains.of_routes
    # A route's origin, what of it is cached, and its chain serve every listener that has the route.
    origins = [origin_of(route, upstreams, parts.functions) for route in config.routes]
    caches = caches_of(configuration, registry, stock)
    cached = [
        cached_origin(route, cacheable(route, origin), caches)
        for route, origin in zip(config.routes, origins, strict=True)
    ]
    pages = error_pages(configuration, "", config.error_pages, stock)
    route_pages = [pages | error_pages(configuration, route.name, route.error_pages, stock) for route in config.routes]
    # One log for all listeners: one sink, one order of lines. It is opened here, so nothing may fail behind it.
    log = _access_log(configuration, registry, stock)
    listeners = []
    for listener in config.listeners:
        limits = overridden(Limits(), listener.limits)
        # The routes are made anew for each listener, because only their limits depend on it.
        routes = [
            Route(
                route.name,
                route.match.compiled(),
                chains.of_routes[index],
                origins[index],
                overridden(limits, route.limits),
                cache=cached[index],
                methods_allowed=route.allow_methods,
                error_pages=route_pages[index],
            )
            for index, route in enumerate(config.routes)
            if listener.has(route)
        ]
        if listener.redirect is not None:
            routes.append(redirect_route(listener.redirect, limits))
        listeners.append(_listener(configuration, listener, limits, Router(routes), pages, log))
    if parts.functions is not None:
        parts.functions.listeners = listeners
    return Graph(listeners, dict(upstreams), parts.wasm, caches, stock, parts.functions)


def _listener(
    configuration: Configuration,
    listener: schema.Listener,
    limits: Limits,
    router: Router,
    pages: Mapping[int, ErrorPage],
    log: AccessLog | None,
) -> ListenerSpec:
    return ListenerSpec(
        listener.name,
        listener.address,
        limits,
        router,
        trusted_hops=listener.trusted_hops,
        proxy_protocol=() if listener.proxy_protocol is None else listener.proxy_protocol.networks,
        paths=PathRules(listener.paths.encoded_slashes, listener.paths.merge_slashes),
        tls=None if listener.tls is None else server_tls(configuration, listener.tls),
        access_log=log,
        error_pages=pages,
    )


def overridden(limits: Limits, changes: schema.RouteLimits) -> Limits:
    """Lay the limits that are given over others."""
    given = {name: value for name, value in changes if value is not None}
    values = {each.name: getattr(limits, each.name) for each in fields(Limits)}
    return Limits(**values | {LIMIT_NAMES[name]: value for name, value in given.items()})


def upstreams_of(configuration: Configuration, registry: Registry, stock: Stock) -> dict[str, Upstream]:
    """Make the upstreams, once each: routes that share one share its connections, and its balance."""
    made = {}
    for name, each in configuration.config.upstreams.items():
        tls = each.tls
        files = () if tls is None else configuration.digests(tls.ca, tls.cert, tls.key)
        make = partial(upstream_of, configuration, name, each, registry)
        made[name] = stock.part(("upstream", name), (each, files), make)
    return made


def upstream_of(configuration: Configuration, name: str, upstream: schema.Upstream, registry: Registry) -> Upstream:
    """Make an upstream; raises StartError for certificates that cannot be read."""
    timeouts = upstream.timeouts
    return Upstream(
        name,
        [EndpointSpec(each.address, each.weight) for each in upstream.endpoints],
        balance=upstream.balance,
        hash_on=None if upstream.hash is None else _hash_on(upstream.hash),
        timeouts=Timeouts(timeouts.connect, timeouts.first_byte, timeouts.idle),
        retries=Retries(upstream.retries.attempts, frozenset(upstream.retries.on)),
        tls=None if upstream.tls is None else client_tls(configuration, upstream.tls),
        registry=registry,
    )


def _hash_on(by: HashBy) -> HashOn:
    if by.header is not None:
        return HashOn("header", by.header)
    return HashOn("client") if by.cookie is None else HashOn("cookie", by.cookie)


def _access_log(configuration: Configuration, registry: Registry, stock: Stock) -> AccessLog | None:
    log = configuration.config.access_log
    if log is None:
        return None
    path = log.path if log.path == "stdout" else configuration.located(log.path)
    make = partial(AccessLog, path, log.fields, registry.access_log_dropped.child())
    return stock.part(("access log",), (path, log.fields), make)
