"""The properties beneath `request`. Envoy forgets most of them once there is a response; filters that log want both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxy.runtime import monotonic, wall_clock
from wasm_host.abi.proxy_wasm.header_map import MessageMap, RequestMap
from wasm_host.abi.proxy_wasm.pairs import encode_pairs
from wasm_host.abi.proxy_wasm.property_encoding import Reader, View, int64, nanoseconds, text, under

_PROTOCOLS: Final = {10: b"HTTP/1.0", 11: b"HTTP/1.1"}


def request_map(view: View) -> MessageMap:
    return RequestMap(view.exchange.request)


def header_bytes(headers: MessageMap) -> int:
    """Count as Envoy does: names and values, pseudo headers too, without what separates them."""
    return sum(len(name) + len(value) for name, value in headers.pairs())


def _id(view: View) -> bytes:
    return view.exchange.request.headers.find(b"x-request-id") or view.exchange.id.encode()


def _time(view: View) -> bytes:
    return nanoseconds(wall_clock() - (monotonic() - view.exchange.started_at))


def _duration(view: View) -> bytes | None:
    """Return how long the exchange took, once it is over."""
    seconds = view.exchange.finished_at - view.exchange.started_at
    return nanoseconds(seconds) if seconds > 0 else None


OF_REQUEST: Final[Mapping[bytes, Reader]] = under(
    "request",
    {
        "path": lambda view: text(view.exchange.request.target),
        "url_path": lambda view: text(view.exchange.request.path),
        "query": lambda view: text(view.exchange.request.query or ""),
        "host": lambda view: text(view.exchange.request.authority),
        "scheme": lambda view: text(view.exchange.request.scheme),
        "method": lambda view: text(view.exchange.request.method),
        "referer": lambda view: view.exchange.request.headers.find(b"referer"),
        "useragent": lambda view: view.exchange.request.headers.find(b"user-agent"),
        "id": _id,
        "protocol": lambda view: _PROTOCOLS.get(view.exchange.request.version),
        "headers": lambda view: encode_pairs(request_map(view).pairs()),
        "headers_bytes": lambda view: int64(header_bytes(request_map(view))),
        "size": lambda view: int64(view.announced_bytes),
        "total_size": lambda view: int64(view.announced_bytes + header_bytes(request_map(view))),
        "time": _time,
        "duration": _duration,
    },
)
