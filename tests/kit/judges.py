"""WAF modules and bot detectors in WAT: a test says what they answer, and at what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import wasmtime

from kit.guests import wat_text
from kit.wat import module_of
from proxy.firewall_book import FirewallBook
from proxy.metrics import Registry
from wasm_host.abi.bot_detector.filter import BotDetectorFilter
from wasm_host.abi.bot_detector.policy import Policy
from wasm_host.abi.bot_detector.program import BotDetectorProgram
from wasm_host.abi.waf_module.filter import WafModuleFilter
from wasm_host.abi.waf_module.program import WafModuleProgram
from wasm_host.detection import Abi
from wasm_host.engine import engine
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.limits import GuestLimits
from wasm_host.log_lines import LogLines
from wasm_host.module import WasmModule
from wasm_host.program import GuestSettings

MATCH: Final[Mapping[str, Any]] = {
    "rule_id": 942100,
    "description": "SQL injection",
    "severity": 5,
    "category": "sqli",
    "matched_value": "' or 1=1",
    "location": "URI",
}
CLEAN: Final[Mapping[str, Any]] = {"blocked": False, "matches": [], "execution_time_us": 3}
BLOCKING: Final[Mapping[str, Any]] = {"blocked": True, "matches": [MATCH], "execution_time_us": 3}

_ANSWER_AT: Final = 1024
_NEEDLE_AT: Final = 64
_FOUND_AT: Final = 8192
_ROOM_AT: Final = 65536
ANSWERS: Final = f"(i32.const {_ANSWER_AT})"

ALLOCATOR: Final = f"""
    (memory (export "memory") 2)
    (func (export "alloc") (param $size i32) (result i32) (local $more i32)
      (local.set $more (i32.sub (i32.add (local.get $size) (i32.const {_ROOM_AT + 65535}))
        (i32.mul (memory.size) (i32.const 65536))))
      (if (i32.gt_s (local.get $more) (i32.const 0)) (then
        (if (i32.lt_s (memory.grow (i32.shr_u (local.get $more) (i32.const 16))) (i32.const 0))
          (then (return (i32.const 0))))))
      (i32.const {_ROOM_AT}))
    """
"""One allocation: the memory from 65536 on."""

_SEARCH: Final = f"""
    (func $has (param $at i32) (param $size i32) (param $length i32) (result i32) (local $i i32) (local $last i32)
      (local.set $last (i32.add (local.get $at) (i32.sub (local.get $size) (local.get $length))))
      (block $no
        (loop $next
          (br_if $no (i32.gt_s (local.get $at) (local.get $last)))
          (local.set $i (i32.const 0))
          (block $differs
            (loop $same
              (if (i32.ge_u (local.get $i) (local.get $length)) (then (return (i32.const 1))))
              (br_if $differs (i32.ne (i32.load8_u (i32.add (local.get $at) (local.get $i)))
                (i32.load8_u offset={_NEEDLE_AT} (local.get $i))))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br $same)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next)))
      (i32.const 0))
    """


def _data(at: int, data: bytes) -> str:
    return f'(data (i32.const {at}) "{wat_text(data)}")'


def answer(said: object) -> bytes:
    """Write what a module answers, its length before it; bytes as they are."""
    text = said if isinstance(said, bytes) else json.dumps(said).encode()
    return len(text).to_bytes(4, "little") + text


def blocking_at(needle: str, said: object = BLOCKING) -> str:
    """A WAF module that says this of each request whose JSON holds the text, and nothing of others."""
    return f"""
        {ALLOCATOR} {_SEARCH}
        {_data(_NEEDLE_AT, needle.encode())} {_data(_ANSWER_AT, answer(CLEAN))} {_data(_FOUND_AT, answer(said))}
        (func (export "analyze_request") (param i32 i32) (result i32)
          (select (i32.const {_FOUND_AT}) (i32.const {_ANSWER_AT})
            (call $has (local.get 0) (local.get 1) (i32.const {len(needle.encode())}))))"""


def saying(said: object) -> str:
    """A WAF module that says this of every request."""
    return analyzing(ANSWERS, said=said)


def analyzing(code: str, *, said: object = CLEAN, more: str = "", imports: str = "") -> str:
    """A WAF module whose `analyze_request` is this code; `(local.get 0)` and `(local.get 1)` are what it is given.

    ANSWERS is the code that says what is to be `said`.
    """
    return f"""
        {imports} {ALLOCATOR} {_data(_ANSWER_AT, answer(said))} {more}
        (func (export "analyze_request") (param i32 i32) (result i32) {code})"""


def detecting(code: str, more: str = "") -> str:
    """A bot detector whose `detect_bot` is this code."""
    return f'{ALLOCATOR} {more} (func (export "detect_bot") (param i32 i32) (result i32) {code})'


def knowing(needle: str, verdict: int = 1) -> str:
    """A bot detector that gives this verdict where the user agent holds the text, and else 0."""
    length = len(needle.encode())
    search = f"{_SEARCH} {_data(_NEEDLE_AT, needle.encode())}"
    has = f"(call $has (local.get 0) (local.get 1) (i32.const {length}))"
    return detecting(f"(select (i32.const {verdict}) (i32.const 0) {has})", search)


def wasm(wat: str) -> bytes:
    return bytes(wasmtime.wat2wasm(f"(module {wat})"))


def settings(**limits: Any) -> GuestSettings:
    """Return those of a filter called `it`, whose guests have a second."""
    return GuestSettings("it", judge_limits=GuestLimits(**{"call_time_s": 1.0, **limits}), log_level=0)


def waf_filter(wat: str, registry: Registry | None = None, *, enforced: bool = True, **limits: Any) -> WafModuleFilter:
    registry = registry or Registry()
    program = WafModuleProgram(_module(wat, "waf"), settings(**limits), _log(registry))
    return WafModuleFilter(program, GuestMetrics(registry, "it"), FirewallBook("it", registry), enforced=enforced)


def bot_filter(wat: str, policy: Policy, registry: Registry | None = None, **limits: Any) -> BotDetectorFilter:
    registry = registry or Registry()
    program = BotDetectorProgram(_module(wat, "bot"), settings(**limits), _log(registry))
    return BotDetectorFilter(program, GuestMetrics(registry, "it"), policy, registry.bot_verdicts)


def _module(wat: str, abi: Abi) -> WasmModule:
    return WasmModule("guest.wasm", "", 0, module_of(wat), engine(), abi, "")


def _log(registry: Registry) -> LogLines:
    return LogLines("it", 0, registry.wasm_log_dropped.child("it"))
