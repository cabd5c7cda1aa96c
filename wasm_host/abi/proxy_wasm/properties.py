"""What guests may ask about their plugin and their exchange, in Envoy's names (Proxy-Wasm 0.2.1, "Properties")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from wasm_host.abi.proxy_wasm.header_map import MessageMap
from wasm_host.abi.proxy_wasm.property_encoding import NO_MESSAGE, Reader, View, int64
from wasm_host.abi.proxy_wasm.request_properties import OF_REQUEST, request_map
from wasm_host.abi.proxy_wasm.response_properties import OF_RESPONSE, response_map
from wasm_host.abi.proxy_wasm.routing_properties import OF_ROUTING

WHOLES: Final = frozenset(
    {b"", b"request", b"response", b"connection", b"upstream", b"source", b"destination", b"xds", b"filter_state"}
)
"""Paths that stand for all beneath them, which has no encoding: to ask for them is SERIALIZATION_FAILURE."""


class Plugin(Protocol):
    """The filter that asks."""

    name: str
    root_id: str
    vm_id: str


def encode(path: bytes, plugin: Plugin, view: View | None) -> bytes | None:
    """Return a property's value, None where there is none (now); without a view only the plugin's own are there.

    A path is its segments joined by NUL; SDKs may end it with one more.
    """
    path = path.removesuffix(b"\0")
    own = _OF_PLUGIN.get(path)
    if own is not None:
        return own(plugin)
    if view is None:
        return None
    read = _OF_EXCHANGE.get(path)
    if read is not None:
        return read(view)
    message, separator, name = path.partition(b"\0headers\0")
    if separator and message in _MAPS:
        return _field(_MAPS[message](view), name.lower())
    # Envoy keeps what guests set in its filter state, where other filters find it by `wasm.` and the name.
    return view.properties.get(path.removeprefix(b"filter_state\0wasm."))


def _field(headers: MessageMap | None, name: bytes) -> bytes | None:
    """Return a header, its lines joined, as Envoy does here and nowhere else."""
    if headers is None:
        return None
    values = headers.headers.values(name)
    return b",".join(values) if values else headers.get(name)


_OF_EXCHANGE: Final[Mapping[bytes, Reader]] = {**OF_REQUEST, **OF_RESPONSE, **OF_ROUTING}
_MAPS: Final[Mapping[bytes, Callable[[View], MessageMap | None]]] = {
    b"request": request_map,
    b"response": response_map,
}
_OF_PLUGIN: Final[Mapping[bytes, Callable[[Plugin], bytes]]] = {
    b"plugin_name": lambda plugin: plugin.name.encode(),
    b"plugin_root_id": lambda plugin: plugin.root_id.encode(),
    b"plugin_vm_id": lambda plugin: plugin.vm_id.encode(),
    b"listener_direction": lambda plugin: int64(0),
    b"listener_metadata": lambda plugin: NO_MESSAGE,
    # What an Envoy answers that was not told who it is.
    b"node": lambda plugin: NO_MESSAGE,
    b"node\0id": lambda plugin: b"",
    b"node\0cluster": lambda plugin: b"",
}
