"""The properties of connections, of the route, and of where it leads: under Envoy's newer names and its older ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxy.upstream.address import Address
from proxy.upstream.upstream import Upstream
from wasm_host.abi.proxy_wasm.property_encoding import NO_MESSAGE, Reader, View, int64, place, text, under
from wasm_host.abi.proxy_wasm.tls_properties import OF_TLS

UPSTREAM: Final = b"penstock\0upstream"
"""The name of the upstream that answers the exchange; a guest that sets it chooses one."""


def _connection_id(view: View) -> bytes:
    """Return a number that two living connections are most unlikely to share: what tells them apart, hashed."""
    client = view.exchange.client
    ends = (client.address, client.port, client.local_address, client.local_port)
    return int64(hash(ends) & 0x7FFF_FFFF_FFFF_FFFF)


def _origin(view: View) -> Upstream | None:
    """Return the upstream that will answer, as far as that is settled."""
    exchange = view.exchange
    if exchange.origin is not None:
        return exchange.origin
    origin = None if exchange.route is None else exchange.route.origin
    return origin if isinstance(origin, Upstream) else None


def _upstream_name(view: View) -> bytes | None:
    name = view.exchange.upstream_name
    if name is None:
        origin = _origin(view)
        name = None if origin is None else origin.name
    return None if name is None else text(name)


def _upstream_address(view: View) -> bytes | None:
    endpoint = view.exchange.endpoint
    return None if endpoint is None else text(endpoint)


def _upstream_port(view: View) -> bytes | None:
    endpoint = view.exchange.endpoint
    port = 0 if endpoint is None else Address.parse(endpoint).port
    return int64(port) if port else None


def _endpoint_count(view: View) -> bytes:
    origin = _origin(view)
    return int64(0 if origin is None else len(origin.endpoints))


def _route_name(view: View) -> bytes | None:
    route = view.exchange.route
    return None if route is None else text(route.name)


def _listener_name(view: View) -> bytes:
    return text(view.exchange.client.listener)


def _nothing_set(view: View) -> bytes:
    return NO_MESSAGE


_ROUTE: Final[Mapping[str, Reader]] = {
    "cluster_name": _upstream_name,
    "cluster_metadata": _nothing_set,
    "route_name": _route_name,
    "route_metadata": _nothing_set,
}
_CONNECTION: Final[Mapping[str, Reader]] = {
    "id": _connection_id,
    **OF_TLS,
}
_SOURCE: Final[Mapping[str, Reader]] = {
    "address": lambda view: place(view.exchange.client.address, view.exchange.client.port),
    "port": lambda view: int64(view.exchange.client.port),
}
_DESTINATION: Final[Mapping[str, Reader]] = {
    "address": lambda view: place(view.exchange.client.local_address, view.exchange.client.local_port),
    "port": lambda view: int64(view.exchange.client.local_port),
}
_UPSTREAM: Final[Mapping[str, Reader]] = {
    "address": _upstream_address,
    "port": _upstream_port,
    "request_attempt_count": lambda view: int64(view.exchange.attempts),
    "num_endpoints": _endpoint_count,
}
_NEWER: Final[Mapping[str, Reader]] = {
    **_ROUTE,
    "virtual_host_name": _listener_name,  # What holds routes, here.
    "listener_direction": lambda view: int64(0),
    "listener_metadata": _nothing_set,
    "node": _nothing_set,
}

OF_ROUTING: Final[Mapping[bytes, Reader]] = {
    **under("connection", _CONNECTION),
    **under("source", _SOURCE),
    **under("destination", _DESTINATION),
    **under("upstream", _UPSTREAM),
    **under("xds", _NEWER),
    **{name.encode(): read for name, read in _ROUTE.items()},
    b"connection_id": _connection_id,
    UPSTREAM: _upstream_name,
}
