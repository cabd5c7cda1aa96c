"""What judges may import, and what they are tried with."""

from __future__ import annotations

import pytest
from kit.judges import BLOCKING, CLEAN, analyzing, detecting, knowing, saying, settings
from kit.wat import module_of

from proxy.errors import AbiMismatch, GuestError, GuestOutOfMemory
from proxy.metrics import Registry
from wasm_host.abi.bot_detector.program import BotDetectorProgram
from wasm_host.abi.judges.program import JudgeProgram
from wasm_host.abi.waf_module.program import WafModuleProgram
from wasm_host.engine import engine
from wasm_host.limits import OF_JUDGES
from wasm_host.log_lines import LogLines
from wasm_host.module import WasmModule
from wasm_host.program import GuestSettings

LOG = '(import "env" "log" (func (param i32 i32)))'
CACHE = '(import "env" "cache_get" (func (param i32 i32) (result i32)))'


def program(kind: type[JudgeProgram], wat: str, given: GuestSettings | None = None) -> JudgeProgram:
    module = WasmModule("guest.wasm", "", 0, module_of(wat), engine(), "waf", "")
    return kind(module, given or settings(), LogLines("it", 0, Registry().wasm_log_dropped.child("it")))


def test_a_waf_module_may_log() -> None:
    program(WafModuleProgram, LOG + saying(CLEAN)).rehearse()


@pytest.mark.parametrize(
    ("kind", "wat"),
    [(WafModuleProgram, CACHE + saying(CLEAN)), (BotDetectorProgram, LOG + knowing("Crawler"))],
)
def test_what_it_may_not_import_is_named(kind: type[JudgeProgram], wat: str) -> None:
    with pytest.raises(AbiMismatch, match=r"env\.(cache_get|log)"):
        program(kind, wat)


def test_an_export_of_another_type_is_named() -> None:
    wat = detecting("(i32.const 0)").replace('"alloc") (param $size i32)', '"alloc") (param $size i32) (param i32)')
    with pytest.raises(AbiMismatch, match=r"exports alloc as \(i32, i32\) -> i32"):
        program(BotDetectorProgram, wat)


@pytest.mark.parametrize("said", [CLEAN, BLOCKING])
def test_one_that_answers_is_fit(said: object) -> None:
    program(WafModuleProgram, saying(said)).rehearse()


@pytest.mark.parametrize("wat", [analyzing("unreachable"), saying({"blocked": False})])
def test_one_that_does_not_answer_shows_it_at_once(wat: str) -> None:
    with pytest.raises(GuestError):
        program(WafModuleProgram, wat).rehearse()


def test_limits_are_those_of_judges() -> None:
    made = program(BotDetectorProgram, knowing("Crawler"), GuestSettings("it"))
    assert made.linked.limits is OF_JUDGES


def test_an_allocator_without_room_is_out_of_memory() -> None:
    wat = """(memory (export "memory") 1) (func (export "alloc") (param i32) (result i32) (i32.const 0))
        (func (export "detect_bot") (param i32 i32) (result i32) (i32.const 0))"""
    with pytest.raises(GuestOutOfMemory):
        program(BotDetectorProgram, wat).rehearse()
