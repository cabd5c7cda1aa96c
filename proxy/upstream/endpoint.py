"""One origin server: its address, its connections, and how much it has to do."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any, cast

from proxy.errors import ConnectFailed
from proxy.http1.upstream import UpstreamConnection
from proxy.metrics import Cell, Registry
from proxy.runtime import Sweeper, Waiter, spawn, sweeper
from proxy.upstream.address import Address
from proxy.upstream.resolver import Resolver
from proxy.upstream.settings import EndpointSpec, Timeouts

MAX_IDLE = 256
"""Idle connections kept for one endpoint and worker; more would only wait to be closed."""
IDLE_FOR_S = 60.0
"""Below the 65–75 s after which common servers close idle connections, so that it is seldom a race."""


@dataclass(frozen=True, slots=True)
class EndpointTls:
    """What an upstream's endpoints have in common; without `server_name` each is known by its address's host."""

    context: ssl.SSLContext
    server_name: str | None = None


class Endpoint:
    """Connections are reused last in, first out, so that those no longer needed grow old and are closed."""

    def __init__(
        self, upstream: str, spec: EndpointSpec, timeouts: Timeouts, tls: EndpointTls | None, registry: Registry
    ) -> None:
        self.name, self.weight = spec.address, spec.weight
        self.in_flight = 0
        self._closed = False
        self._upstream, self._registry, self.timeouts = upstream, registry, timeouts
        self.address = Address.parse(spec.address)
        self.tls = tls.context if tls is not None else None
        self.server_name = (tls.server_name or self.address.host) if tls is not None else None
        self._resolver: Resolver | None = None
        self._idle: list[UpstreamConnection] = []
        self._open = registry.upstream_connections.child(upstream, spec.address, "open")
        self._resting = registry.upstream_connections.child(upstream, spec.address, "idle")
        self._codes: dict[int, Cell] = {}
        self._turn = 0
        self._sweeper: Sweeper = cast(Sweeper, None)
        registry.upstream_endpoint_up.child(upstream, spec.address).value = 1

    def count(self, status: int) -> None:
        """Count an attempt by its status, 0 where none came back."""
        cell = self._codes.get(status)
        if cell is None:
            cell = self._codes[status] = self._registry.upstream_requests.child(self._upstream, self.name, status)
        cell.value += 1

    def take_idle(self) -> UpstreamConnection | None:
        """Return a connection that waits for work."""
        while self._idle:
            self._resting.value -= 1
            connection = self._idle.pop()
            if not connection.transport.is_closing():
                return connection
        return None

    def _keep(self, connection: UpstreamConnection) -> None:
        if len(self._idle) < MAX_IDLE and not self._closed:
            self._idle.append(connection)
            self._resting.value += 1
            connection.deadline = self._sweeper.now + IDLE_FOR_S
        else:
            connection.close()

    def _lost(self, connection: UpstreamConnection) -> None:
        if connection.counted:
            self._open.value -= 1
        if connection in self._idle:
            self._idle.remove(connection)
            self._resting.value -= 1

    async def connect(self) -> UpstreamConnection:
        """Open a connection within the connect timeout; raises ConnectFailed.

        The work is a Task's, because a Strand cannot carry it; giving up waiting gives up the attempt.
        """
        waiter: Waiter[UpstreamConnection] = Waiter()
        task = spawn(self._connect(waiter), f"connect to {self.name}")
        try:
            return await waiter
        except BaseException:
            task.cancel()
            if waiter.done() and waiter.exception() is None:
                self._keep(waiter.result())
            raise

    async def _connect(self, waiter: Waiter[UpstreamConnection]) -> None:
        try:
            async with asyncio.timeout(self.timeouts.connect_s):
                connection = await self._open_connection()
        except TimeoutError:
            waiter.throw(ConnectFailed(f"{self.name}: no connection in time", reason="connect_timeout"))
        except ConnectFailed as error:
            waiter.throw(error)
        except ssl.SSLError as error:
            waiter.throw(ConnectFailed(f"{self.name}: TLS failed: {_why_it_failed(error)}", reason="tls_failed"))
        except Exception as error:
            waiter.throw(ConnectFailed(f"{self.name}: {error}"))
        else:
            if waiter.done():  # Who asked has left.
                self._keep(connection)
            waiter.wake(connection)

    async def _open_connection(self) -> UpstreamConnection:
        loop = asyncio.get_running_loop()
        path = self.address.path
        if path is not None:
            _, connection = await loop.create_unix_connection(
                self._protocol, path, ssl=self.tls, server_hostname=self.server_name
            )
        else:
            ip, port = await self.next_ip()
            _, connection = await loop.create_connection(
                self._protocol, ip, port, ssl=self.tls, server_hostname=self.server_name
            )
        self._open.value += 1
        connection.counted = True
        return connection

    def _protocol(self) -> UpstreamConnection:
        self._sweeper = sweeper()
        return UpstreamConnection(self._sweeper, self._keep, self._lost)

    async def next_ip(self) -> tuple[str, int]:
        """Return the address and port to connect to next; raises ConnectFailed where the name has none."""
        if self._resolver is None:
            self._resolver = Resolver(self.address)
        addresses = self._resolver.addresses() or await self._resolver.first()
        self._turn += 1
        return addresses[self._turn % len(addresses)]

    def describe(self) -> dict[str, Any]:
        return {
            "address": self.name,
            "weight": self.weight,
            "in_flight": self.in_flight,
            "open": self._open.value,
            "idle": len(self._idle),
        }

    def close(self) -> None:
        """Close what is idle, now and later; exchanges under way end by themselves."""
        self._closed = True
        idle, self._idle = self._idle, []
        self._resting.value -= len(idle)
        for connection in idle:
            connection.close()
        if self._resolver is not None:
            self._resolver.close()


def _why_it_failed(error: ssl.SSLError) -> str:
    """Return OpenSSL's words without its source's file and line."""
    words = (getattr(error, "reason", None) or str(error)).lower().replace("_", " ")
    return f"{words}: {error.verify_message}" if isinstance(error, ssl.SSLCertVerificationError) else words
