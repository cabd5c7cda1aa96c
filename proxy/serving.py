"""What a worker serves, and how one configuration takes the place of another while clients are connected.

First all that can fail is done beside what runs; then everything is swapped within one step of the loop, so that no
request meets half of each. Connections stay: only what their next requests meet is another.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from proxy.door import Door
from proxy.errors import ControlError, StartError
from proxy.functions import TellLine
from proxy.http1.service import Service
from proxy.invalidations import Invalid, Invalidations
from proxy.limits import LAST_REQUEST_S
from proxy.listener import Graph, ListenerSpec, renew, service_of, tls_context
from proxy.metrics import Registry
from proxy.retirement import Retirement, logs
from proxy.runtime import log, monotonic, spawn
from proxy.tls.handshakes import ServerContext

DRAIN_LOOK_S: Final = 0.01
"""How often a drain looks whether connections are left, so that none has to tell when it closes."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A graph that has started, beside the one that runs. `sockets` are for listeners that had none, or another."""

    generation: int
    graph: Graph
    sockets: dict[str, socket.socket]
    contexts: dict[str, ServerContext | None] = field(default_factory=dict)

    def close_sockets(self) -> None:
        for each in self.sockets.values():
            each.close()


def _untold(_: dict[str, Any]) -> None:
    return


class Serving:
    """Its `doors` are those of the listeners, by name.

    `tell_invalid` takes to other workers what requests have made invalid in caches, `tell_line` what functions log.
    """

    def __init__(
        self, registry: Registry, tell_invalid: Callable[[Invalid], None], tell_line: TellLine = _untold
    ) -> None:
        self._registry, self._tell_line = registry, tell_line
        self.doors: dict[str, Door] = {}
        self._closing: set[Door] = set()
        self._prepared: Prepared | None = None
        self._retirement = Retirement(registry)
        self.invalidations = Invalidations(tell_invalid)

    @property
    def graph(self) -> Graph:
        """What runs; nothing before the first commit."""
        return self._retirement.running

    # -- the way to another graph

    async def prepare(
        self,
        generation: int,
        graph: Graph,
        sockets: Mapping[str, socket.socket],
        ticket_key: bytes | None = None,
    ) -> None:
        """Start what is new in a graph, which stays apart from what runs; raises StartError, and leaves nothing then.

        `sockets` are for listeners that are new, or move; they are owned from now on.
        """
        await self.discard()
        prepared = self._prepared = Prepared(generation, graph, dict(sockets))
        self._retirement.coming = graph
        try:
            await self._start(prepared, ticket_key)
        except BaseException:
            await self.discard()
            raise

    async def _start(self, prepared: Prepared, ticket_key: bytes | None) -> None:
        graph = prepared.graph
        names = {spec.name for spec in graph.listeners}
        for name in names - self.doors.keys() - prepared.sockets.keys():
            raise StartError(f"listener {name}: no socket came for it")
        for name in prepared.sockets.keys() - names:
            prepared.sockets.pop(name).close()
        for spec in graph.listeners:
            prepared.contexts[spec.name] = tls_context(spec, self._registry, ticket_key)
        if graph.modules is not None:
            graph.modules.start()
        if graph.functions is not None:
            await graph.functions.start()
        running = {id(cache) for cache in self.graph.caches.values()}
        for cache in graph.caches.values():
            if id(cache) not in running:
                await cache.start()

    async def discard(self, generation: int | None = None) -> None:
        """Drop what was prepared, if it is of this generation."""
        prepared = self._prepared
        if prepared is None or generation not in (None, prepared.generation):
            return
        self._prepared = self._retirement.coming = None
        prepared.close_sockets()
        await self._retirement.dismiss(prepared.graph)

    async def commit(self, generation: int, closing: Collection[str] = ()) -> None:
        """Swap to what was prepared; returns when the old sockets of listeners in `closing` are empty, and closed.

        Raises ControlError where nothing is prepared.
        """
        if self._prepared is None or self._prepared.generation != generation:
            raise ControlError(f"generation {generation} is not prepared")
        await self.commit_prepared(closing)

    async def commit_prepared(self, closing: Collection[str] = ()) -> None:
        """Do so with whatever is prepared, if anything is."""
        prepared, self._prepared = self._prepared, None
        if prepared is None:
            return
        before = self.doors
        stopped = self._swap(prepared)
        for spec in stopped:
            await self.doors[spec.name].open(spec, prepared.contexts[spec.name])
        leaving = {name: door for name, door in before.items() if self.doors.get(name) is not door}
        self._closing.update(leaving.values())
        await asyncio.gather(*(self._close(door, empty=name in closing) for name, door in leaving.items()))

    def _swap(self, prepared: Prepared) -> list[ListenerSpec]:
        """Replace the graph; returns the listeners where nobody comes in until their doors are opened."""
        graph, before = prepared.graph, [door.service for door in self.doors.values()]
        self.doors = {spec.name: self._door(spec, prepared) for spec in graph.listeners}
        now = {door.service for door in self.doors.values()}
        removed = [service for service in before if service not in now]
        self._retirement.replace(graph, before, removed)
        self.invalidations.take_over(graph.caches)
        if graph.modules is not None:
            graph.modules.take_over()
        if graph.functions is not None:
            graph.functions.take_over(self._tell_line)
        for service in removed:
            service.drain(LAST_REQUEST_S)
        stopped = [spec for spec in graph.listeners if not self.doors[spec.name].suits(spec)]
        for spec in stopped:
            self.doors[spec.name].stop()
        return stopped

    def _door(self, spec: ListenerSpec, prepared: Prepared) -> Door:
        """Return where a listener's clients come in from now on."""
        door, opened = self.doors.get(spec.name), prepared.sockets.get(spec.name)
        if door is None:
            assert opened is not None, "prepare has seen to it"
            return Door(service_of(spec, self._registry), opened)
        if not door.vouches(spec):
            return self._other_door(door, service_of(spec, self._registry), opened)
        renew(door.service, spec, self._registry)
        return door if opened is None else Door(door.service, opened)

    def _other_door(self, door: Door, service: Service, opened: socket.socket | None) -> Door:
        """Return a door in the place of one whose clients were let in by certificates that count no more.

        Their connections end as if the listener had been removed: each may bring one more request.
        """
        if opened is not None:
            return Door(service, opened)
        door.stop()
        return door.beside(service)

    async def _close(self, door: Door, *, empty: bool) -> None:
        try:
            if empty:
                await door.empty()
        finally:
            door.close()
            self._closing.discard(door)

    # -- the end

    async def drain(self, within_s: float, idle_s: float, closing: Collection[str]) -> None:
        """Take no more clients and wait for those that are left, at most `within_s`.

        Idle ones have `idle_s` to bring one more request. The sockets of listeners in `closing` are emptied: nobody
        serves them after this worker.
        """
        await self.discard()
        for name, door in self.doors.items():
            if name in closing:
                self._closing.add(door)
                spawn(self._close(door, empty=True), f"end of listener {name}")
            else:
                door.close()
        for service in self._services():
            service.drain(idle_s)
        deadline = monotonic() + within_s
        await asyncio.sleep(DRAIN_LOOK_S)  # Who has just been accepted is not known yet.
        while self._closing or any(service.occupied for service in self._services()):
            if monotonic() >= deadline:
                left = sum(len(service.connections) for service in self._services())
                log.warning("%d connections are cut: they did not end within %g s", left, within_s)
                break
            await asyncio.sleep(DRAIN_LOOK_S)

    def _services(self) -> list[Service]:
        return [*(door.service for door in self.doors.values()), *self._retirement.closing()]

    async def end(self) -> None:
        """Close everything; what is under way ends with the process."""
        for door in self.doors.values():
            door.close()
        self.invalidations.flush()
        await self._retirement.end()

    def reopen_logs(self) -> None:
        """Open the files anew that logs are written to, so that rotated ones are let go."""
        for graph in self._retirement.graphs():
            for each in logs(graph):
                each.reopen()
            if graph.modules is not None:
                graph.modules.reopen_logs()
            if graph.functions is not None:
                graph.functions.reopen_logs()
