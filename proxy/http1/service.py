"""What the connections of one listener share."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from proxy.exchange import Client
from proxy.http1.intake import IntakeRules
from proxy.limits import Limits
from proxy.metrics import Cell
from proxy.pipeline import Pipeline
from proxy.proxy_protocol import Ends
from proxy.runtime import Sweeper, monotonic
from proxy.sockets import client_at

if TYPE_CHECKING:
    from proxy.http1.downstream import Downstream

HANDSHAKE_S: Final = 2.0
"""What a client gets that was accepted when the last others left; its handshake takes two round trips."""


class Service:
    """A reload renews it in place, so that connections outlive the configuration that they came under.

    While `draining` every answer says that it is the connection's last. `idle_s` is what a client has to bring the next
    request; 0 ends its connection with the exchange. `arriving` counts those who were accepted behind a PROXY header
    that has yet to come, or are in the handshake after it.
    """

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
        self.idle_s = limits.idle_timeout_s
        self.draining = False
        self.arrived_at = -math.inf
        self.arriving = 0

    def client(self, transport: asyncio.Transport, ends: Ends | None = None) -> Client:
        """Tell who is at the other end, or who is beyond it where a PROXY header told its `ends`."""
        client = client_at(transport.get_extra_info, self.name, tls=transport.get_extra_info("sslcontext") is not None)
        if ends is None:
            return client
        return replace(
            client,
            address=ends.address,
            port=ends.port,
            local_address=ends.local_address,
            local_port=ends.local_port,
        )

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

    def renew(self, pipeline: Pipeline, rules: IntakeRules, limits: Limits, *, tls: bool) -> None:
        """Let the requests to come meet another configuration; exchanges under way end as they began."""
        self.pipeline, self.rules, self.limits, self.tls = pipeline, rules, limits, tls
        self.idle_s = limits.idle_timeout_s
        for connection in self.connections:
            connection.renew()

    def drain(self, idle_s: float = 0.0) -> None:
        """Let each connection end with its exchange; idle ones have `idle_s` to bring one more."""
        self.draining = True
        self.idle_s = min(self.idle_s, idle_s)
        for connection in list(self.connections):
            connection.drain()

    @property
    def occupied(self) -> bool:
        """Tell whether clients are connected, or may be in mid-handshake: nobody hears how that ends."""
        return bool(self.connections or self.arriving) or (self.tls and monotonic() < self.arrived_at + HANDSHAKE_S)
