"""A listener as configured, the graph that a worker serves, and the start of serving."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from proxy.acceptor import Acceptor
from proxy.http1.downstream import Downstream
from proxy.http1.intake import IntakeRules
from proxy.http1.service import Service
from proxy.limits import Limits
from proxy.path import STRICT, PathRules
from proxy.pipeline import Pipeline
from proxy.runtime import sweeper
from proxy.sockets import BACKLOG
from proxy.tls.handshakes import Handshakes, ServerContext
from proxy.tls.server import server_context
from proxy.tls.settings import TlsServer
from proxy.traffic import Traffic

if TYPE_CHECKING:
    from proxy.access_log import AccessLog
    from proxy.cache.cache import Cache
    from proxy.forwarded import Network
    from proxy.functions import Functions
    from proxy.local_answer import ErrorPage
    from proxy.metrics import Registry
    from proxy.modules import Modules
    from proxy.route import Router
    from proxy.upstream.upstream import Upstream


@dataclass(frozen=True, slots=True)
class ListenerSpec:
    """A listener as configured. Peers in `trusted_hops` are believed about whom they speak for.

    Where `proxy_protocol` has networks, connections are taken from peers in them only, and begin with a PROXY header.
    `error_pages` are for requests that match no route; a route has its own.
    """

    name: str
    address: str
    limits: Limits
    router: Router
    trusted_hops: tuple[Network, ...] = ()
    proxy_protocol: tuple[Network, ...] = ()
    tls: TlsServer | None = None
    via: str = "penstock"
    access_log: AccessLog | None = None
    error_pages: Mapping[int, ErrorPage] = field(default_factory=dict)
    paths: PathRules = STRICT


@dataclass(frozen=True, slots=True)
class Graph:
    """Everything that one worker serves, built from the configuration.

    `stock` is the builder's own: what the parts were made of, so that the next graph can keep those that are equal.
    """

    listeners: list[ListenerSpec]
    upstreams: dict[str, Upstream] = field(default_factory=dict)
    modules: Modules | None = None
    caches: Mapping[str, Cache] = field(default_factory=dict)
    stock: object = None
    functions: Functions | None = None


def tls_context(spec: ListenerSpec, registry: Registry, ticket_key: bytes | None = None) -> ServerContext | None:
    """Make the context of a listener that speaks TLS, as server_context does."""
    return None if spec.tls is None else server_context(spec.tls, ticket_key, Handshakes(registry, spec.name))


def service_of(spec: ListenerSpec, registry: Registry) -> Service:
    """Make what the connections of one listener share."""
    return Service(
        spec.name,
        pipeline_of(spec, registry),
        intake_rules(spec),
        spec.limits,
        sweeper(),
        registry.downstream_connections.child(spec.name),
        tls=spec.tls is not None,
    )


def renew(service: Service, spec: ListenerSpec, registry: Registry) -> None:
    """Let a service that serves clients go on as a listener is configured now."""
    service.renew(pipeline_of(spec, registry), intake_rules(spec), spec.limits, tls=spec.tls is not None)


def pipeline_of(spec: ListenerSpec, registry: Registry) -> Pipeline:
    traffic = Traffic(registry, spec.name)
    return Pipeline(spec.router, traffic, error_pages=spec.error_pages, access_log=spec.access_log)


def intake_rules(spec: ListenerSpec) -> IntakeRules:
    return IntakeRules(
        spec.limits,
        paths=spec.paths,
        trusted_hops=spec.trusted_hops,
        via=spec.via,
        caches=any(route.cache is not None for route in spec.router.routes),
    )


LEAVE_PATH: Final[dict[str, Any]] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}
"""A Unix socket's path is the supervisor's to remove: others may go on serving the same socket."""


class Server(Protocol):
    """What accepts the clients of a listener until it is closed, and its socket with it."""

    def close(self) -> None: ...


async def serve(spec: ListenerSpec, service: Service, opened: socket.socket, context: ServerContext | None) -> Server:
    """Accept the clients of one listener on an inherited socket; `context` is what `tls_context` made of it."""
    loop = asyncio.get_running_loop()
    if context is not None:
        context.announce()
    if spec.proxy_protocol:
        return Acceptor(service, opened, spec.proxy_protocol, context)
    create: Any = loop.create_server
    if opened.family == socket.AF_UNIX:
        create = partial(loop.create_unix_server, **LEAVE_PATH)
    server: Server = await create(
        lambda: Downstream(service),
        sock=opened,
        backlog=BACKLOG,
        ssl=context,
        ssl_handshake_timeout=spec.limits.header_timeout_s if context else None,
        # The shutdown waits for what is still to be sent, too, so it may take as long as a reader may.
        ssl_shutdown_timeout=spec.limits.send_timeout_s if context else None,
    )
    return server
