"""Proxy-Wasm guests in WAT: a test writes the bodies of the callbacks, and the strings that they need."""

from __future__ import annotations

from typing import Any, Final

from kit.http_wasm import Strings
from kit.wat import module_of
from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.filter import ProxyWasmFilter
from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest
from wasm_host.abi.proxy_wasm.imports import host_functions
from wasm_host.abi.proxy_wasm.program import ProxyWasmProgram
from wasm_host.abi.proxy_wasm.services import Services, WorkerServices
from wasm_host.calls import Running
from wasm_host.engine import engine
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.limits import GuestLimits
from wasm_host.log_lines import LogLines
from wasm_host.module import WasmModule
from wasm_host.program import GuestSettings

CONTINUE: Final = "(i32.const 0)"
PAUSE: Final = "(i32.const 1)"
REQUEST, RESPONSE = "(i32.const 0)", "(i32.const 1)"
"""Streams, and their bodies."""
REQUEST_HEADERS, RESPONSE_HEADERS, CALL_HEADERS = "(i32.const 0)", "(i32.const 2)", "(i32.const 6)"
OUT: Final = "(i32.const 4) (i32.const 8)"
"""Where functions write the place and the size of what they give."""
GIVEN: Final = "(i32.load (i32.const 4)) (i32.load (i32.const 8))"
"""What the last of them gave."""

_NOTES: Final = 4096
"""Holds where the next note goes; the notes follow it."""
_TYPES: Final = {"i": "i32", "I": "i64"}

_CALLBACKS: Final = {
    "context_create": "$id $parent",
    "vm_start": "$id $size",
    "configure": "$id $size",
    "tick": "$id",
    "queue_ready": "$id $queue",
    "request_headers": "$id $count $end",
    "request_body": "$id $size $end",
    "response_headers": "$id $count $end",
    "response_body": "$id $size $end",
    "http_call_response": "$id $call $headers $size $trailers",
    "log": "$id",
    "done": "$id",
    "delete": "$id",
}
_ANSWERED: Final = {
    "vm_start",
    "configure",
    "request_headers",
    "request_body",
    "response_headers",
    "response_body",
    "done",
}


def guest(strings: Strings | None = None, *, version: str = "0_2_1", more: str = "", **callbacks: str) -> str:
    """Put a guest together; `request_headers="…"` is the code of that callback, whose parameters are named above.

    `(call $note …)` keeps a number for the test. A callback of `proxy_on_done` and the like returns what its code does.
    """
    code = more + "\n".join(_callback(name, body, version) for name, body in callbacks.items())
    return f"""
        {_imports(code, version)}
        (memory (export "memory") 16)
        {strings.segment if strings else ""}
        (data (i32.const {_NOTES}) "\\04\\10")
        (func (export "proxy_abi_version_{version}"))
        (global $heap (mut i32) (i32.const 65536))
        (func (export "malloc") (param i32) (result i32)
            (global.get $heap) (global.set $heap (i32.add (global.get $heap) (local.get 0))))
        (func $note (param i32)
            (i32.store (i32.load (i32.const {_NOTES})) (local.get 0))
            (i32.store (i32.const {_NOTES}) (i32.add (i32.load (i32.const {_NOTES})) (i32.const 4))))
        {code}
        """


def _callback(name: str, body: str, version: str) -> str:
    names = _CALLBACKS[name].split()
    if version == "0_1_0" and name in ("request_headers", "response_headers"):
        names = names[:2]
    parameters = " ".join(f"(param {each} i32)" for each in names)
    result = "(result i32)" if name in _ANSWERED else ""
    return f'(func (export "proxy_on_{name}") {parameters} {result} {body})'


def _imports(code: str, version: str) -> str:
    return "\n".join(
        f'(import "env" "{each.name}" (func ${each.name.removeprefix("proxy_")} '
        + "".join(f"(param {_TYPES[letter]})" for letter in each.signature.parameters)
        + "(result i32)))"
        for each in host_functions(Running(1.0), version)
        if f"(call ${each.name.removeprefix('proxy_')}" in code
    )


def notes(guest: ProxyWasmGuest) -> list[int]:
    """Return the numbers that a guest noted."""
    end = int.from_bytes(guest.memory.read(_NOTES, 4), "little")
    written = guest.memory.read(_NOTES + 4, end - _NOTES - 4)
    return [int.from_bytes(written[at : at + 4], "little") for at in range(0, len(written), 4)]


def program(
    wat: str,
    *,
    version: str = "0_2_1",
    services: Services | None = None,
    trial: bool = False,
    limits: GuestLimits | None = None,
    **settings: Any,
) -> ProxyWasmProgram:
    """Join a guest for a filter called `it`; `settings` as for GuestSettings."""
    module = WasmModule("guest.wasm", "", 0, module_of(wat), engine(), "proxy_wasm", version)
    made = GuestSettings("it", limits=limits or GuestLimits(), **settings)
    log = LogLines("it", made.log_level, Registry().wasm_log_dropped.child("it"))
    return ProxyWasmProgram(module, made, services or WorkerServices({}, Registry()).of("it"), log, trial=trial)


def proxy_wasm_filter(wat: str, **how: Any) -> ProxyWasmFilter:
    """Make a filter called `it` whose first guest has started; `how` as for `program`."""
    made = ProxyWasmFilter(program(wat, **how), GuestMetrics(Registry(), "it"))
    made.start()
    return made


def answering(strings: Strings, status: int = 403, body: str = "", *, details: str = "", headers: bytes = b"") -> str:
    """Write the code that answers in the origin's place."""
    return (
        f"(drop (call $send_local_response (i32.const {status}) {strings(details)} {strings(body)} "
        f"{strings(headers)} (i32.const -1)))"
    )


def acting_for(id: int) -> str:
    """Write the code that lets a callback of the root act for a stream."""
    return f"(drop (call $set_effective_context (i32.const {id})))"


def going_on(side: str) -> str:
    """Write the code that ends the pause of one side, `REQUEST` or `RESPONSE`."""
    return f"(drop (call $continue_stream {side}))"
