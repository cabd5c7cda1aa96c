"""The proxy in the test's own process and event loop, from the YAML that a user would write."""

from __future__ import annotations

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
from proxy.listener import Graph
from proxy.metrics import Registry
from proxy.serving import Serving
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
        self._directory = directory or pathlib.Path.cwd()
        self.graph = self._built(text, filters)
        self.serving = Serving(self.registry, lambda _: None)
        self.generation = 0
        self.addresses: dict[str, Address] = {}
        self._wires: list[Wire] = []
        self._watch = BlockWatch()

    def _built(self, text: str, filters: Sequence[Filter], previous: Graph | None = None) -> Graph:
        report = check(text, self._directory, os.environ)
        assert report.configuration is not None, [str(error) for error in report.errors]
        graph = build(report.configuration, self.registry, previous)
        if filters:
            chain = Chain([Step(each) for each in filters])
            for route in (route for listener in graph.listeners for route in listener.router.routes):
                route.chain, route.instant = chain, None
        return graph

    async def prepare(self, text: str, *, filters: Sequence[Filter] = ()) -> None:
        """Build another configuration beside the one that runs, on sockets that are new where addresses are."""
        await self._prepare(self._built(text, filters, self.serving.graph))

    async def _prepare(self, graph: Graph) -> None:
        before = {spec.name: spec.address for spec in self.serving.graph.listeners}
        opened = {
            spec.name: open_socket(Address.parse(spec.address))
            for spec in graph.listeners
            if before.get(spec.name) != spec.address
        }
        self._next_addresses = {name: bound_address(each) for name, each in opened.items()}
        await self.serving.prepare(self.generation + 1, graph, opened)
        self.generation += 1

    async def commit(self, *, closing: Sequence[str] = ()) -> None:
        """Swap to what was prepared; the listeners in `closing` lose their sockets."""
        await self.serving.commit(self.generation, closing)
        self.graph = self.serving.graph
        known = {**self.addresses, **self._next_addresses}
        self.addresses = {spec.name: known[spec.name] for spec in self.graph.listeners}

    async def reload(self, text: str, *, filters: Sequence[Filter] = (), closing: Sequence[str] = ()) -> None:
        await self.prepare(text, filters=filters)
        await self.commit(closing=closing)

    async def __aenter__(self) -> Self:
        await self._prepare(self.graph)
        await self.commit()
        self._watch.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._watch.stop()
        await self.serving.discard()
        for door in self.serving.doors.values():
            door.stop()
            door.service.drain()
        for wire in self._wires:
            wire.reset()
        await self.serving.end()
        await eventually(lambda: not self.open_connections)
        if kind is None:
            blocked_s = self._watch.longest_s
            assert blocked_s <= self._watch.bound_s, f"something blocked the loop for {blocked_s:.3f} s"
            assert not self.open_connections, f"{self.open_connections} connections outlived their clients"

    @property
    def services(self) -> dict[str, Service]:
        return {name: door.service for name, door in self.serving.doors.items()}

    @property
    def address(self) -> tuple[str, int] | str:
        """Where the first listener listens: host and port, or a Unix socket's path."""
        return _place(next(iter(self.addresses.values())))

    @property
    def authority(self) -> str:
        host, port = self.address
        return f"{host}:{port}"

    def url(self, target: str = "/", *, scheme: str = "http") -> str:
        return f"{scheme}://{self.authority}{target}"

    async def connect(self, listener: str | None = None, **how: Any) -> Wire:
        """Open a client's connection to a listener, the first if none is named; `how` as for `kit.connect`."""
        place = self.address if listener is None else _place(self.addresses[listener])
        wire = await connect(place, **how)
        self._wires.append(wire)
        return wire

    @property
    def open_connections(self) -> int:
        return sum(len(service.connections) for service in self.services.values())

    @property
    def in_flight(self) -> int:
        """Return how many exchanges the proxy's own books say are under way."""
        return sum(int(self.registry.http_requests_in_flight.child(name).value) for name in self.services)


def _place(address: Address) -> tuple[str, int] | str:
    return address.path or (address.host, address.port)
