"""Host functions that show a guest the request; each leaves what it shows in the call's buffer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from proxy.messages import OF_THE_CONNECTION, Request, value_of
from wasm_host.abi.edge.reading import LONGEST_NAME_BYTES, data
from wasm_host.functions.call import Call
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.hostcalls import MISS, Later, settled

_VERSIONS: Final = {10: "HTTP/1.0", 11: "HTTP/1.1", 20: "HTTP/2.0"}


def request_get_method(call: Call) -> int:
    return call.give(call.exchange.request.method.encode("latin-1"))


def request_get_uri(call: Call) -> int:
    """Give path and query, as the filters before left them."""
    return call.give(call.exchange.request.target.encode("latin-1"))


def request_get_header(call: Call, at: int, size: int) -> int:
    """Give the first value of a field; a name is found whatever its case."""
    name = data(call, at, size, LONGEST_NAME_BYTES, "a field's name").lower()
    request = call.exchange.request
    found = dict(_of_the_connection(request)).get(name) if name in OF_THE_CONNECTION else request.headers.find(name)
    return MISS if found is None else call.give(found)


def request_get_header_names(call: Call) -> int:
    return call.give(_json([name for name, _ in fields(call.exchange.request)]))


def request_get_body(call: Call) -> int | Later:
    """Give all of it; once the guest has let its answer go, the connection does not wait for the rest of the upload."""
    if call.draft.terminated and not call.upload.is_here:
        raise HostcallFailed("unavailable", "the body was not read before the answer was let go")
    return settled(call.upload.whole(), call.give)


def request_head(call: Call) -> int:
    """Give all that is known before the body, as JSON."""
    exchange = call.exchange
    request = exchange.request
    head = {
        "method": request.method,
        "uri": request.target,
        "version": _VERSIONS[request.version],
        "scheme": request.scheme,
        "host": request.authority,
        "client": exchange.client.address,
        "id": exchange.id,
        "headers": fields(request),
    }
    return call.give(_json(head))


def fields(request: Request) -> list[tuple[str, str]]:
    """Return the request's fields, Host and Content-Length before the others, names in lower case."""
    headers = request.headers
    own = [(name, value_of(line)) for name, line in zip(headers.names(), headers.lines, strict=True)]
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in (*_of_the_connection(request), *own)]


def _of_the_connection(request: Request) -> Iterator[tuple[bytes, bytes]]:
    """Yield the fields that are not among the headers: guests count on them all the same."""
    if request.authority:
        yield b"host", request.authority.encode("latin-1")
    body = request.body
    length = len(body) if isinstance(body, bytes) else body.length if body is not None else None
    if length is not None:
        yield b"content-length", b"%d" % length


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
