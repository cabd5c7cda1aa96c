"""Properties (functions 35 and 36)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, Status
from wasm_host.abi.proxy_wasm.properties import WHOLES, encode
from wasm_host.abi.proxy_wasm.routing_properties import UPSTREAM
from wasm_host.calls import Running

if TYPE_CHECKING:
    from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest


def functions(running: Running) -> dict[str, Callable[..., int]]:
    def proxy_get_property(path: int, path_size: int, data_at: int, size_at: int) -> int:
        guest: ProxyWasmGuest = running.guest
        asked, stream = guest.memory.read(path, path_size), guest.context.stream
        value = encode(asked, guest.root, stream)
        if value is not None:
            return guest.give(value, data_at, size_at)
        return Status.SERIALIZATION_FAILURE if stream is not None and asked in WHOLES else NOT_FOUND

    def proxy_set_property(path: int, path_size: int, value: int, value_size: int) -> int:
        guest: ProxyWasmGuest = running.guest
        stream = guest.context.stream
        if stream is None:
            return NOT_FOUND
        key = guest.memory.read(path, path_size).removesuffix(b"\0")
        new = guest.memory.read(value, value_size)
        if key == UPSTREAM:
            return _choose_upstream(guest, new)
        return stream.set_property(key, new)

    return {name: value for name, value in locals().items() if name.startswith("proxy_")}


def _choose_upstream(guest: ProxyWasmGuest, name: bytes) -> int:
    """Send the exchange to an upstream of this name in place of the route's, if nothing was sent yet."""
    chosen = guest.services.upstreams.get(name.decode("latin-1"))
    stream = guest.context.stream
    if chosen is None or stream is None:
        return NOT_FOUND
    stream.exchange.origin = chosen
    stream.exchange.decide(guest.root.name, "route", "guest_chose", chosen.name)
    return OK
