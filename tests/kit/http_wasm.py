"""http-wasm guests in WAT: a test writes the bodies of the two handlers, and the strings that they need."""

from __future__ import annotations

from typing import Any

from kit.exchanges import Pieces, make_exchange, make_response, run
from kit.wat import module_of
from proxy.body import Body
from proxy.exchange import Client, Exchange
from proxy.messages import Request, Response
from proxy.metrics import Registry
from wasm_host.abi.http_wasm.filter import HttpWasmFilter
from wasm_host.abi.http_wasm.imports import MODULE, host_functions
from wasm_host.abi.http_wasm.program import HttpWasmProgram
from wasm_host.engine import engine
from wasm_host.fibers import FiberRunning
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.limits import GuestLimits
from wasm_host.log_lines import LogLines
from wasm_host.module import WasmModule
from wasm_host.program import GuestSettings

ROOM = 4096
"""Where the guests' buffer begins; strings lie before it, and it is all of the memory behind it."""
MEMORY_PAGES = 4
GOES_ON = "(i64.const 1)"
ANSWERS = "(i64.const 0)"
REQUEST, RESPONSE, REQUEST_TRAILERS, RESPONSE_TRAILERS = (f"(i32.const {kind})" for kind in range(4))

_NAMES = {"i": "i32", "I": "i64"}


def _imports(code: str) -> str:
    """Import what the code calls: a guest that never reads a body cannot wait, and is called another way."""
    return "\n".join(
        f'(import "{MODULE}" "{each.name}" (func ${each.name} '
        + "".join(f"(param {_NAMES[letter]})" for letter in each.signature.parameters)
        + "".join(f"(result {_NAMES[letter]})" for letter in each.signature.result)
        + "))"
        for each in host_functions(FiberRunning(1.0))
        if f"(call ${each.name} " in code or f"(call ${each.name})" in code
    )


class Strings:
    """The strings of one guest; calling it gives address and length of one, as two operands."""

    def __init__(self) -> None:
        self._data = b""

    def __call__(self, text: str | bytes) -> str:
        data = text.encode() if isinstance(text, str) else text
        at = 16 + len(self._data)
        self._data += data
        assert at + len(data) <= ROOM
        return f"(i32.const {at}) (i32.const {len(data)})"

    @property
    def segment(self) -> str:
        escaped = "".join(f"\\{byte:02x}" for byte in self._data)
        return f'(data (i32.const 16) "{escaped}")'


def room(limit: int = 60000) -> str:
    """The buffer and its size, as two operands."""
    return f"(i32.const {ROOM}) (i32.const {limit})"


def shown(strings: Strings, name: str, call: str) -> str:
    """Let the response tell, in a header, what a function wrote to the buffer; `call` leaves its length."""
    return f"(call $set_header_value {RESPONSE} {strings(name)} (i32.const {ROOM}) {call})"


def listed(strings: Strings, call: str) -> str:
    """Let the response tell, in `x-listed` and `x-count`, what a function listed in the buffer, NULs as commas."""
    return f"""
        (local.set $got {call})
        (local.set $n (i32.wrap_i64 (local.get $got)))
        (call $nuls_to_commas (local.get $n))
        (call $set_header_value {RESPONSE} {strings("x-listed")} (i32.const {ROOM}) (local.get $n))
        (local.set $n (i32.wrap_i64 (i64.shr_u (local.get $got) (i64.const 32))))
        (i32.store8 (i32.const {ROOM}) (i32.add (i32.const 48) (local.get $n)))
        (call $set_header_value {RESPONSE} {strings("x-count")} (i32.const {ROOM}) (i32.const 1))
        """


_NULS_TO_COMMAS = f"""
    (func $nuls_to_commas (param $left i32)
        (block $done
            (loop $next
                (br_if $done (i32.eqz (local.get $left)))
                (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                (if (i32.eqz (i32.load8_u offset={ROOM} (local.get $left)))
                    (then (i32.store8 offset={ROOM} (local.get $left) (i32.const 44))))
                (br $next))))
    """


def echoed(*, kind: str, limit: int) -> str:
    """Read a body to its end, `limit` bytes at a time, and write it to the response."""
    return f"""
        (loop $next
            (local.set $got (call $read_body {kind} (i32.const {ROOM}) (i32.const {limit})))
            (call $write_body {RESPONSE} (i32.const {ROOM}) (i32.wrap_i64 (local.get $got)))
            (br_if $next (i64.eqz (i64.shr_u (local.get $got) (i64.const 32)))))
        """


def guest(strings: Strings, on_request: str = GOES_ON, on_response: str = "", start: str = "", more: str = "") -> str:
    """Put a guest together; in `on_response`, `$context` and `$is_error` are its parameters."""
    code = f"""
        (global $count (mut i32) (i32.const 0))
        {_NULS_TO_COMMAS}
        {more}
        (func (export "_start") {start})
        (func (export "handle_request") (result i64) (local $n i32) (local $got i64)
            {on_request})
        (func (export "handle_response") (param $context i32) (param $is_error i32) (local $n i32) (local $got i64)
            {on_response})
        """
    return f'{_imports(code)} (memory (export "memory") {MEMORY_PAGES}) {strings.segment} {code}'


def enabling(*features: int) -> str:
    """Enable features at the start, for every request."""
    return f"(drop (call $enable_features (i32.const {sum(features)})))"


def program(wat: str, *, configuration: bytes = b"", reused: bool = True, **limits: Any) -> HttpWasmProgram:
    module = WasmModule("guest.wasm", "", 0, module_of(wat), engine(), "http_wasm", "")
    settings = GuestSettings(
        "it",
        configuration=configuration,
        instances="shared" if reused else "per_request",
        limits=GuestLimits(**limits),
        log_level=1,
    )
    return HttpWasmProgram(module, settings, LogLines("it", 1, Registry().wasm_log_dropped.child("it")))


def http_wasm_filter(wat: str, registry: Registry | None = None, **how: Any) -> HttpWasmFilter:
    """Make a filter called `it`; `how` as for `program`."""
    return HttpWasmFilter(program(wat, **how), GuestMetrics(registry or Registry(), "it"))


async def handled(
    wat: str, *, exchange: Exchange | None = None, response: Response | None = None, **how: Any
) -> Response:
    """Take an exchange through a filter with this guest; returns what the client would get."""
    filter = http_wasm_filter(wat, **how)
    try:
        return await run(exchange or make_exchange(), response or make_response(), filter)
    finally:
        filter.close()


def uploading(*pieces: bytes, length: int | None = None) -> Exchange:
    """Make an exchange with a streamed body."""
    return Exchange(Request("POST", "/", body=Pieces(*pieces, length=length)), Client("192.0.2.1", 1, "public"))


async def whole(body: Body | bytes | None) -> bytes:
    """Read all of a body."""
    if body is None or isinstance(body, bytes):
        return body or b""
    pieces = []
    while piece := await body.read():
        pieces.append(piece)
    return b"".join(pieces)


def numbered(strings: Strings, number: str) -> str:
    """Let the response tell a small number in `x-number`."""
    return f"""
        (i32.store8 (i32.const {ROOM}) (i32.add (i32.const 48) {number}))
        (call $set_header_value {RESPONSE} {strings("x-number")} (i32.const {ROOM}) (i32.const 1))
        """
