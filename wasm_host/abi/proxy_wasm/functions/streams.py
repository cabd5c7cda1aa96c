"""What goes on with the exchange: pauses, local responses, contexts (functions 15, 16, 18, 38, 39, and 0.1.0's own)."""

from __future__ import annotations

from collections.abc import Callable

from proxy.messages import Headers, Response, field_line
from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, Status, StreamKind
from wasm_host.abi.proxy_wasm.pairs import MalformedPairs, decode_pairs
from wasm_host.calls import Running

_STREAMS = range(4)


def functions(running: Running) -> dict[str, Callable[..., int]]:
    def proxy_continue_stream(kind: int) -> int:
        if kind not in _STREAMS:
            return Status.BAD_ARGUMENT
        running.guest.context.resume(kind)
        return OK

    def proxy_continue_request() -> int:
        return proxy_continue_stream(StreamKind.REQUEST)

    def proxy_continue_response() -> int:
        return proxy_continue_stream(StreamKind.RESPONSE)

    def proxy_close_stream(kind: int) -> int:
        stream = running.guest.context.stream
        if kind not in _STREAMS or stream is None:
            return Status.BAD_ARGUMENT
        stream.close()
        return OK

    def proxy_clear_route_cache() -> int:
        """Do nothing: the route was chosen for good when the exchange began."""
        return OK

    def proxy_send_local_response(
        status: int,
        details: int,
        details_size: int,
        body: int,
        body_size: int,
        headers: int,
        headers_size: int,
        _grpc_status: int,
    ) -> int:
        memory, stream = running.guest.memory, running.guest.context.stream
        if stream is None or not 200 <= status <= 599:
            return Status.BAD_ARGUMENT
        try:
            answer = Response(status, _headers(memory.read(headers, headers_size)), memory.read_long(body, body_size))
        except ValueError:
            return Status.BAD_ARGUMENT
        if answer.body and "content-type" not in answer.headers:
            answer.headers.add("content-type", "text/plain")
        stream.answer(answer, memory.read(details, details_size))
        return OK

    def proxy_done() -> int:
        return OK if running.guest.finish() else NOT_FOUND

    def proxy_set_effective_context(id: int) -> int:
        context = running.guest.find_context(id)
        if context is None:
            return Status.BAD_ARGUMENT
        running.guest.context = context
        return OK

    return {name: value for name, value in locals().items() if name.startswith("proxy_")}


def _headers(serialized: bytes) -> Headers:
    """Read the headers of a local response; malformed ones are none, as in Envoy. Raises ValueError."""
    try:
        pairs = decode_pairs(serialized)
    except MalformedPairs:
        return Headers()
    made = Headers()
    for name, value in pairs:
        if name[:1] != b":":
            made.append(name.lower(), field_line(name.decode("latin-1"), value.decode("latin-1")))
    return made
