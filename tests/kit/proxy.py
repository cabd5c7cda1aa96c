"""The proxy in the test's own process and event loop, from the YAML that a user would write."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

from config.build import build
from config.load import check
from kit.leaks import BlockWatch
from kit.origin import FakeOrigin
from kit.wire import Wire, connect, eventually
from proxy.chain import Chain, Step
from proxy.filter import Filter
from proxy.http1.service import Service
from proxy.listener import serve, service_of
from proxy.metrics import Registry
from proxy.sockets import bound_address, open_socket
from proxy.upstream.address import Address

Section = Mapping[str, Any]
NOTHING: Section = MappingProxyType({})


def in_front_of(
    *origins: FakeOrigin | str,
    limits: Section = NOTHING,
    listener: Section = NOTHING,
    route: Section = NOTHING,
    upstream: Section = NOTHING,
    routes: Sequence[Section] = (),
    **top: Any,
) -> str:
    """Write the configuration of one listener before one upstream: these origins, or their addresses.

    `routes` come before the route to the upstream; the other sections are merged into theirs. JSON is YAML.
    """
    addresses = [each if isinstance(each, str) else each.address for each in origins]
    return json.dumps(
        {
            "version": 1,
            "listeners": [{"name": "test", "address": "127.0.0.1:0", "limits": dict(limits), **listener}],
            "upstreams": {"origin": {"endpoints": [{"address": address} for address in addresses], **upstream}},
            "routes": [*routes, {"name": "all", "upstream": "origin", **route}],
            **top,
        }
    )


class Proxy:
    """Serves a configuration on free ports while the block runs; fails it if something blocked the loop or
    outlived its client.

    `filters` take the place of every route's chain, for filters that no configuration names.
    """

    def __init__(self, text: str, *, filters: Sequence[Filter] = (), directory: pathlib.Path | None = None) -> None:
        self.registry = Registry()
        report = check(text, directory or pathlib.Path.cwd(), os.environ)
        assert report.configuration is not None, [str(error) for error in report.errors]
        self.graph = build(report.configuration, self.registry)
        if filters:
            self._replace_chains(Chain([Step(each) for each in filters]))
        self.services: dict[str, Service] = {}
        self.addresses: dict[str, Address] = {}
        self._servers: list[asyncio.AbstractServer] = []
        self._wires: list[Wire] = []
        self._watch = BlockWatch()

    def _replace_chains(self, chain: Chain) -> None:
        for listener in self.graph.listeners:
            for route in listener.router.routes:
                route.chain = chain
                route.instant = None

    async def __aenter__(self) -> Self:
        if self.graph.modules is not None:
            self.graph.modules.start()
        for cache in self.graph.caches.values():
            await cache.start()
        for spec in self.graph.listeners:
            opened = open_socket(Address.parse(spec.address))
            self.addresses[spec.name] = bound_address(opened)
            self.services[spec.name] = service = service_of(spec, self.registry)
            self._servers.append(await serve(spec, service, opened))
        self._watch.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._watch.stop()
        for server in self._servers:
            server.close()
        for service in self.services.values():
            service.drain()
        for wire in self._wires:
            wire.reset()
        if self.graph.modules is not None:
            await self.graph.modules.close()
        for cache in self.graph.caches.values():
            await cache.close()
        for upstream in self.graph.upstreams.values():
            upstream.close()
        await eventually(lambda: not self.open_connections)
        if kind is None:
            blocked_s = self._watch.longest_s
            assert blocked_s <= self._watch.bound_s, f"something blocked the loop for {blocked_s:.3f} s"
            assert not self.open_connections, f"{self.open_connections} connections outlived their clients"

    @property
    def address(self) -> tuple[str, int] | str:
        """Where the first listener listens: host and port, or a Unix socket's path."""
        first = next(iter(self.addresses.values()))
        return first.path or (first.host, first.port)

    @property
    def authority(self) -> str:
        host, port = self.address
        return f"{host}:{port}"

    def url(self, target: str = "/", *, scheme: str = "http") -> str:
        return f"{scheme}://{self.authority}{target}"

    async def connect(self, **how: Any) -> Wire:
        """Open a client's connection to the first listener; `how` as for `kit.connect`."""
        wire = await connect(self.address, **how)
        self._wires.append(wire)
        return wire

    @property
    def open_connections(self) -> int:
        return sum(len(service.connections) for service in self.services.values())

    @property
    def in_flight(self) -> int:
        """Return how many exchanges the proxy's own books say are under way."""
        return sum(int(self.registry.http_requests_in_flight.child(name).value) for name in self.services)
