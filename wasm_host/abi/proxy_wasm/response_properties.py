"""The properties beneath `response`: sizes are 0 until there is one, the others are not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from proxy.messages import Response
from wasm_host.abi.proxy_wasm.header_map import MessageMap, ResponseMap
from wasm_host.abi.proxy_wasm.pairs import encode_pairs
from wasm_host.abi.proxy_wasm.property_encoding import Reader, View, int64, text, under
from wasm_host.abi.proxy_wasm.request_properties import header_bytes

_GRPC_OF_HTTP: Final = {400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14}
_GRPC_UNKNOWN: Final = 2
"""How an answer without grpc-status is understood (gRPC, "HTTP to gRPC Status Code Mapping")."""
_LONGEST_GRPC_STATUS: Final = len("16")


def _response(view: View) -> Response | None:
    return view.exchange.response if view.response is None else view.response


def response_map(view: View) -> MessageMap | None:
    response = _response(view)
    return None if response is None else ResponseMap(response)


def _header_bytes(view: View) -> int:
    headers = response_map(view)
    return 0 if headers is None else header_bytes(headers)


def _once_there(read: Callable[[View, Response], bytes]) -> Reader:
    def reader(view: View) -> bytes | None:
        response = _response(view)
        return None if response is None else read(view, response)

    return reader


def _code(view: View, response: Response) -> bytes:
    return int64(response.status)


def _code_details(view: View, response: Response) -> bytes:
    """Return why there is this answer: in the words of the guest that made it, if it said any."""
    exchange = view.exchange
    if exchange.answered_by == "upstream":
        return b"via_upstream"
    own = [each.detail for each in exchange.decisions if each.by == exchange.answered_by and each.action == "answered"]
    return own[-1].encode() if own and own[-1] else text(exchange.reason or exchange.answered_by)


def _grpc_status(view: View, response: Response) -> bytes:
    own = response.headers.find(b"grpc-status")
    if own is not None and own.isdigit() and len(own) <= _LONGEST_GRPC_STATUS:
        return int64(int(own))
    return int64(_GRPC_OF_HTTP.get(response.status, _GRPC_UNKNOWN))


def _headers(view: View, response: Response) -> bytes:
    return encode_pairs(ResponseMap(response).pairs())


OF_RESPONSE: Final[Mapping[bytes, Reader]] = under(
    "response",
    {
        "code": _once_there(_code),
        "code_details": _once_there(_code_details),
        "grpc_status": _once_there(_grpc_status),
        "flags": lambda view: int64(0),
        "headers": _once_there(_headers),
        "headers_bytes": lambda view: int64(_header_bytes(view)),
        "trailers": lambda view: encode_pairs([]),
        "size": lambda view: int64(view.exchange.sent_bytes),
        "total_size": lambda view: int64(view.exchange.sent_bytes + _header_bytes(view)),
    },
)
