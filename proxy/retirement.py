"""What was served before: it goes when the last that began under it has ended.

An exchange keeps its route, and by it the filters, caches and upstreams that it began with, so those are closed later
than they are replaced. Nothing is counted for it on the way of an exchange: what is under way at the swap is written
down, and looked at now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from proxy.access_log import AccessLog
from proxy.cache.flight import Flight, Flights
from proxy.exchange import Exchange
from proxy.garbage import collect
from proxy.gone_gauges import forget_gauges
from proxy.http1.downstream import Downstream
from proxy.http1.service import Service
from proxy.listener import Graph
from proxy.metrics import Registry
from proxy.runtime import spawn

LOOK_S: Final = 0.05
LOOK_AT_LEAST_EVERY_S: Final = 1.0
"""A tunnel may last for days."""


NOTHING: Final = Graph([])
"""What runs before the first configuration."""


async def release(graph: Graph, others: Sequence[Graph]) -> None:
    """Close the parts of a graph that none of the others has."""
    if graph.modules is not None and all(other.modules is not graph.modules for other in others):
        await graph.modules.close()
    if graph.functions is not None and all(other.functions is not graph.functions for other in others):
        await graph.functions.close()
    kept = {id(part) for other in others for part in (*other.caches.values(), *other.upstreams.values(), *logs(other))}
    for cache in graph.caches.values():
        if id(cache) not in kept:
            await cache.close()
    for upstream in graph.upstreams.values():
        if id(upstream) not in kept:
            upstream.close()
    for each in logs(graph):
        if id(each) not in kept:
            each.flush()
            await asyncio.to_thread(each.close)  # which waits for the disk


def logs(graph: Graph) -> set[AccessLog]:
    return {spec.access_log for spec in graph.listeners if spec.access_log is not None}


class Begun:
    """What is under way in some services, and into a graph's caches."""

    def __init__(self, graph: Graph, services: Iterable[Service]) -> None:
        self.exchanges: list[tuple[Downstream, Exchange]] = [
            (connection, connection.exchange)
            for service in services
            for connection in service.connections
            if connection.exchange is not None
        ]
        self._flights: list[tuple[Flights, set[Flight]]] = [
            (cache.flights, cache.flights.under_way()) for cache in graph.caches.values()
        ]

    def leave_out(self, earlier: Begun) -> None:
        """Drop what had begun under an earlier graph: it holds that one only."""
        known = {exchange for _, exchange in earlier.exchanges}
        self.exchanges = [(connection, each) for connection, each in self.exchanges if each not in known]

    def has_ended(self) -> bool:
        self.exchanges = [(connection, each) for connection, each in self.exchanges if connection.exchange is each]
        self._flights = [(flights, left) for flights, ours in self._flights if (left := ours & flights.under_way())]
        return not self.exchanges and not self._flights


class Retired:
    """A graph that was replaced, and who needs it yet: what had begun, and the clients of listeners that are gone."""

    def __init__(self, graph: Graph, begun: Begun, closing: Sequence[Service]) -> None:
        self.graph, self.begun, self.closing = graph, begun, closing

    def is_needed(self) -> bool:
        return not self.begun.has_ended() or any(service.occupied for service in self.closing)


class Retirement:
    """The graphs that were replaced; `running` is the one that runs now, `coming` one that is to replace it."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._retired: dict[Retired, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.running = NOTHING
        self.coming: Graph | None = None

    def replace(self, graph: Graph, services: Sequence[Service], closing: Sequence[Service]) -> None:
        """Let a graph run in place of the one before, whose listeners are `services`; those `closing` serve it on."""
        before, self.running, self.coming = self.running, graph, None
        if before is not NOTHING:
            self._retire(before, services, closing)

    def _retire(self, graph: Graph, services: Sequence[Service], closing: Sequence[Service]) -> None:
        begun = Begun(graph, services)
        for each in self._retired:
            begun.leave_out(each.begun)
        retired = Retired(graph, begun, closing)
        self._retired[retired] = task = spawn(self._see_out(retired), "retirement of a graph")
        self._tasks.add(task)
        task.add_done_callback(self._has_ended)

    def graphs(self) -> Iterator[Graph]:
        """Return all that serve somebody, or are about to, the running one first."""
        yield self.running
        if self.coming is not None:
            yield self.coming
        for each in self._retired:
            yield each.graph

    def closing(self) -> Iterator[Service]:
        """Return what the clients of removed listeners still share."""
        for each in self._retired:
            yield from each.closing

    async def _see_out(self, retired: Retired) -> None:
        look_s = LOOK_S
        await asyncio.sleep(look_s)  # For those whose client has just left.
        while retired.is_needed():
            await asyncio.sleep(look_s)
            look_s = min(2 * look_s, LOOK_AT_LEAST_EVERY_S)
        del self._retired[retired]
        await self.dismiss(retired.graph)

    def _has_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            collect()  # Not before, for the task held the graph.

    async def dismiss(self, graph: Graph) -> None:
        """Close what a graph has alone, and forget what was measured there."""
        await release(graph, list(self.graphs()))
        forget_gauges(self._registry, graph, list(self.graphs()))

    async def end(self) -> None:
        """Close everything, whoever may still need it."""
        for task in self._retired.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        graphs = list(self.graphs())
        while graphs:
            await release(graphs.pop(), graphs)
