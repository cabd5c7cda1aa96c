"""json guests in WAT, as functions: a test says what they answer, and in which form."""

from __future__ import annotations

import json
from typing import Any, Final

from kit.exchanges import make_exchange
from kit.guests import wat_text
from kit.wat import module_of
from proxy.exchange import Exchange
from proxy.metrics import Registry
from wasm_host.engine import engine
from wasm_host.functions.function import Function
from wasm_host.functions.outcome import Outcome
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionLimits, FunctionSettings
from wasm_host.module import WasmModule

SAID_AT: Final = 4096
ALLOCATOR: Final = """
    (memory (export "memory") 4)
    (global $heap (mut i32) (i32.const 65536))
    (func (export "allocate") (param i32) (result i32)
      (global.get $heap) (global.set $heap (i32.add (global.get $heap) (local.get 0))))
    (func (export "deallocate") (param i32 i32) unreachable)
    """
"""Whoever would give something back traps: a guest is gone with its call."""
IMPORTS: Final = """
    (import "edge_hive" "log" (func $log (param i32 i32 i32)))
    (import "edge_hive" "db_query" (func $query (param i32 i32) (result i32)))
    """


def said(text: bytes) -> str:
    """Put a text at SAID_AT."""
    return f'(data (i32.const {SAID_AT}) "{wat_text(text)}")'


def packed(code: str, more: str = "", name: str = "handle_request") -> str:
    """A guest of the form packed; `$at` and `$size` are what it is handed, `$pack` makes one number of two."""
    return f"""
        {ALLOCATOR} {more}
        (func $pack (param i32 i32) (result i64)
          (i64.or (i64.extend_i32_u (local.get 0)) (i64.shl (i64.extend_i32_u (local.get 1)) (i64.const 32))))
        (func (export "{name}") (param $at i32) (param $size i32) (result i64) {code})"""


def answering(said_: Any) -> str:
    """A guest of the form packed that answers this, JSON or bytes."""
    text = said_ if isinstance(said_, bytes) else json.dumps(said_).encode()
    return packed(f"(call $pack (i32.const {SAID_AT}) (i32.const {len(text)}))", said(text))


def narrow(code: str, more: str = "", name: str = "handle_request") -> str:
    """A guest whose entry returns an i32: a pointer to place and length, or a decision."""
    return f'{ALLOCATOR} {more} (func (export "{name}") (param $at i32) (param $size i32) (result i32) {code})'


ECHO: Final = "(call $pack (local.get $at) (local.get $size))"
"""Answers with what it is handed."""


def function(
    wat: str, registry: Registry | None = None, *, limits: dict[str, Any] | None = None, **how: Any
) -> Function:
    """Make a function called `it`; `how` as for FunctionSettings."""
    settings = FunctionSettings("it", "v1", limits=FunctionLimits(**{"cpu_s": 1.0, **(limits or {})}), **how)
    module = WasmModule("guest.wasm", "", 0, module_of(wat), engine(), "json", "")
    return Function(module, settings, Services(), registry or Registry(), lambda _: None, lambda *_: None)


async def called(wat: str, exchange: Exchange | None = None, **how: Any) -> Outcome:
    return await function(wat, **how).call(exchange or make_exchange())


async def echoed(exchange: Exchange, **how: Any) -> Any:
    """Return what a guest is handed."""
    response = (await called(packed(ECHO), exchange, **how)).response()
    assert isinstance(response.body, bytes)
    return json.loads(response.body)
