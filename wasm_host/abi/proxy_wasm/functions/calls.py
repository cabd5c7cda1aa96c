"""HTTP calls to upstreams (functions 17 and 19)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Final

from proxy.messages import Request
from proxy.runtime import monotonic
from wasm_host.abi.proxy_wasm.header_map import RequestMap
from wasm_host.abi.proxy_wasm.http_calls import MOST_BODY_BYTES, CallResult, HttpCall
from wasm_host.abi.proxy_wasm.numbers import OK, Status
from wasm_host.abi.proxy_wasm.pairs import decode_pairs
from wasm_host.calls import Running

if TYPE_CHECKING:
    from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest

_NEEDED: Final = frozenset({b":method", b":path", b":authority"})
_LONGEST_MS: Final = 2**31
"""From here on Envoy takes a timeout for negative, and refuses the call."""
_STEP: Final = 4
"""Ids are multiples, as in Envoy, where other kinds of calls have the numbers between."""
_BROKEN: Final = (11, b"reset")
"""What get_status says of a call without an answer: BROKEN_CONNECTION, in cpp-host's words."""


def functions(running: Running) -> dict[str, Callable[..., int]]:
    numbers = count(1)
    status = (0, b"")

    def proxy_http_call(
        upstream: int,
        upstream_size: int,
        headers: int,
        headers_size: int,
        body: int,
        body_size: int,
        trailers: int,
        trailers_size: int,
        timeout_ms: int,
        id_at: int,
    ) -> int:
        """Begin a call. Trailers are checked and left out: in HTTP/1 hardly anyone reads them."""
        guest: ProxyWasmGuest = running.guest
        memory = guest.memory
        memory.write_u32(id_at, 0)
        memory.reach(trailers + trailers_size)
        chosen = guest.services.upstreams.get(memory.read(upstream, upstream_size).decode("latin-1"))
        if chosen is None or timeout_ms >= _LONGEST_MS:
            return Status.BAD_ARGUMENT
        if body_size > MOST_BODY_BYTES:
            return Status.INTERNAL_FAILURE
        try:
            request = _request(memory.read(headers, headers_size), memory.read(body, body_size))
        except ValueError:
            return Status.BAD_ARGUMENT
        id = begin(guest, HttpCall(chosen, request, timeout_ms / 1000 or None))
        if id is None:
            return Status.INTERNAL_FAILURE
        memory.write_u32(id_at, id)
        return OK

    def begin(guest: ProxyWasmGuest, call: HttpCall) -> int | None:
        id, begun, caller = _STEP * next(numbers) % 2**32, monotonic(), guest.context.stream

        def deliver(result: CallResult | None) -> None:
            nonlocal status
            guest.root.calls.pop(id, None)
            guest.services.call_duration().observe(monotonic() - begun)
            status = (0, b"") if result is not None else _BROKEN
            guest.http_call_response(id, result, caller)
            status = (0, b"")

        under_way = guest.services.http_calls.dispatch(call, deliver)
        if under_way is None:
            return None
        guest.root.calls[id] = under_way
        return id

    def proxy_get_status(code_at: int, message_at: int, size_at: int) -> int:
        guest: ProxyWasmGuest = running.guest
        code, message = status
        guest.memory.write_u32(code_at, code)
        return guest.give(message, message_at, size_at)

    return {name: value for name, value in locals().items() if name.startswith("proxy_")}


def _request(headers: bytes, body: bytes) -> Request:
    """Make the request of a guest's pairs; raises ValueError, as MalformedPairs too, for what may not go out."""
    named = [(name.lower(), value) for name, value in decode_pairs(headers)]
    pairs = [pair for pair in named if pair[0] != b"host"]  # It would be the authority, which the guest has to give.
    fields = dict(pairs)
    if not fields.keys() >= _NEEDED or not fields[b":path"].startswith(b"/"):
        raise ValueError("a call needs :method, :path and :authority")
    request = Request("GET", "/", body=body or None)
    RequestMap(request).replace_all(pairs)
    return request
