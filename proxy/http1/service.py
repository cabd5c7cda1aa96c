"""What the connections of one listener share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from proxy.exchange import Client
from proxy.http1.intake import IntakeRules
from proxy.limits import Limits
from proxy.metrics import Cell
from proxy.pipeline import Pipeline
from proxy.runtime import Sweeper, Waiter
from proxy.sockets import client_at

if TYPE_CHECKING:
    from proxy.http1.downstream import Downstream


class Service:
    """`open` counts connections for the limit and the gauge; `draining` asks each to end after its exchange."""

    def __init__(
        self,
        name: str,
        pipeline: Pipeline,
        rules: IntakeRules,
        limits: Limits,
        sweeper: Sweeper,
        gauge: Cell,
        *,
        tls: bool = False,
    ) -> None:
        self.name, self.pipeline, self.rules, self.limits = name, pipeline, rules, limits
        self.sweeper, self.gauge, self.tls = sweeper, gauge, tls
        self.connections: set[Downstream] = set()
        self.draining = False
        self._emptied: Waiter[None] = Waiter()

    def client(self, transport: asyncio.Transport) -> Client:
        """Tell who is at the other end."""
        return client_at(transport.get_extra_info, self.name, tls=self.tls)

    def opened(self, connection: Downstream) -> bool:
        """Take up a connection; tells whether the limit allows it."""
        if len(self.connections) >= self.limits.connections:
            return False
        self.connections.add(connection)
        self.gauge.value += 1
        return True

    def closed(self, connection: Downstream) -> None:
        if connection not in self.connections:
            return  # It was refused.
        self.connections.remove(connection)
        self.gauge.value -= 1
        if self.draining and not self.connections:
            self._emptied.wake(None)

    def drain(self) -> None:
        """Close idle connections now, and the others as soon as their exchange ends."""
        self.draining = True
        for connection in list(self.connections):
            connection.drain()

    async def emptied(self) -> None:
        """Wait until a draining service has no connection left."""
        if self.connections:
            await self._emptied
