"""A listener as configured, the graph that a worker serves, and the start of serving."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proxy.errors import StartError
from proxy.http1.downstream import Downstream
from proxy.http1.intake import IntakeRules
from proxy.http1.service import Service
from proxy.limits import Limits
from proxy.path import STRICT, PathRules
from proxy.pipeline import Pipeline
from proxy.runtime import sweeper
from proxy.sockets import BACKLOG
from proxy.traffic import Traffic

if TYPE_CHECKING:
    from proxy.access_log import AccessLog
    from proxy.cache.cache import Cache
    from proxy.forwarded import Network
    from proxy.local_answer import ErrorPage
    from proxy.metrics import Registry
    from proxy.modules import Modules
    from proxy.route import Router
    from proxy.upstream.upstream import Upstream


@dataclass(frozen=True, slots=True)
class Certificate:
    """Paths of a PEM chain, the server's own certificate first, and of its key."""

    cert: str
    key: str


@dataclass(frozen=True, slots=True)
class TlsServer:
    """What a TLS listener shows; several certificates are for several kinds of key."""

    certificates: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class ListenerSpec:
    """A listener as configured. Peers in `trusted_hops` are believed about whom they speak for.

    `error_pages` are for requests that match no route; a route has its own.
    """

    name: str
    address: str
    limits: Limits
    router: Router
    trusted_hops: tuple[Network, ...] = ()
    tls: TlsServer | None = None
    via: str = "penstock"
    access_log: AccessLog | None = None
    error_pages: Mapping[int, ErrorPage] = field(default_factory=dict)
    paths: PathRules = STRICT


@dataclass(frozen=True, slots=True)
class Graph:
    """Everything that one worker serves, built from the configuration."""

    listeners: list[ListenerSpec]
    upstreams: dict[str, Upstream] = field(default_factory=dict)
    modules: Modules | None = None
    caches: Mapping[str, Cache] = field(default_factory=dict)


def server_tls(tls: TlsServer) -> ssl.SSLContext:
    """Make the server's context: TLS 1.2 or later, HTTP/1.1 by ALPN. Raises StartError for unreadable files."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    for certificate in tls.certificates:
        try:
            context.load_cert_chain(certificate.cert, certificate.key, password=_no_password(certificate.key))
        except (OSError, ssl.SSLError) as error:
            raise StartError(f"certificate {certificate.cert} with key {certificate.key}: {error}") from error
    return context


def _no_password(key_path: str) -> Callable[[], str]:
    """Refuse encrypted keys: OpenSSL would otherwise ask on a terminal that a worker does not have."""

    def refuse() -> str:
        raise StartError(f"the key {key_path} is encrypted")

    return refuse


def service_of(spec: ListenerSpec, registry: Registry) -> Service:
    """Make what the connections of one listener share."""
    return Service(
        spec.name,
        Pipeline(spec.router, Traffic(registry, spec.name), error_pages=spec.error_pages, access_log=spec.access_log),
        intake_rules(spec),
        spec.limits,
        sweeper(),
        registry.downstream_connections.child(spec.name),
        tls=spec.tls is not None,
    )


def intake_rules(spec: ListenerSpec) -> IntakeRules:
    return IntakeRules(
        spec.limits,
        paths=spec.paths,
        trusted_hops=spec.trusted_hops,
        via=spec.via,
        caches=any(route.cache is not None for route in spec.router.routes),
    )


async def serve(spec: ListenerSpec, service: Service, opened: socket.socket) -> asyncio.AbstractServer:
    """Accept the clients of one listener on an inherited socket."""
    loop = asyncio.get_running_loop()
    context = None if spec.tls is None else server_tls(spec.tls)
    create = loop.create_unix_server if opened.family == socket.AF_UNIX else loop.create_server
    return await create(
        lambda: Downstream(service),
        sock=opened,
        backlog=BACKLOG,
        ssl=context,
        ssl_handshake_timeout=spec.limits.header_timeout_s if context else None,
        # The shutdown waits for what is still to be sent, too, so it may take as long as a reader may.
        ssl_shutdown_timeout=spec.limits.send_timeout_s if context else None,
    )
