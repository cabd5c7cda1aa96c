"""What a module asks for beside what this host has: every misfit is named, in one message, before anything runs."""

import pytest
from kit.wat import module_of

from proxy.errors import AbiMismatch
from wasm_host.engine import engine
from wasm_host.linking import needed
from wasm_host.module import WasmModule
from wasm_host.signature import Export, HostFunction, Signature

OFFERED = [
    HostFunction("env", "proxy_log", Signature("iii", "i"), print),
    HostFunction("env", "proxy_get_status", Signature("iii", "i"), print),
    HostFunction("wasi_snapshot_preview1", "proc_exit", Signature("i"), print),
    HostFunction("wasi_unstable", "proc_exit", Signature("i"), print),
]
EXPORTS = [Export("proxy_on_tick", Signature("i")), Export("malloc", Signature("i", "i"))]
MEMORY = '(memory (export "memory") 1)'


def module(wat: str) -> WasmModule:
    return WasmModule("auth.wasm", "0" * 64, 0, module_of(wat), engine(), "proxy_wasm", "0_2_1")


def misfit(wat: str) -> str:
    with pytest.raises(AbiMismatch) as caught:
        needed(module(wat), OFFERED, EXPORTS)
    return str(caught.value)


def test_only_what_is_imported_is_needed() -> None:
    wat = f"""
        (import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))
        (import "wasi_unstable" "proc_exit" (func (param i32)))
        {MEMORY}
    """
    assert needed(module(wat), OFFERED, EXPORTS) == [OFFERED[0], OFFERED[3]]
    assert needed(module(MEMORY), OFFERED, EXPORTS) == []


def test_what_is_imported_twice_is_needed_once() -> None:
    once = '(import "env" "proxy_log" (func (param i32 i32 i32) (result i32)))'
    assert needed(module(once * 2 + MEMORY), OFFERED, EXPORTS) == [OFFERED[0]]


def test_an_export_that_no_abi_has_does_not_matter() -> None:
    needed(
        module(f'{MEMORY} (func (export "mine") (param f64)) (global (export "g") i32 (i32.const 0))'), OFFERED, EXPORTS
    )


def test_an_unknown_import_is_named_with_the_nearest_that_there_is() -> None:
    assert misfit(f'(import "env" "proxy_get_stats" (func)) {MEMORY}') == (
        "auth.wasm does not fit Proxy-Wasm 0.2.1: it imports env.proxy_get_stats, which this host does not offer; "
        "did you mean proxy_get_status?"
    )


def test_an_import_that_is_like_none_gets_no_hint() -> None:
    assert misfit(f'(import "env" "abort" (func)) {MEMORY}').endswith("env.abort, which this host does not offer")


def test_a_function_of_another_module_is_another_function() -> None:
    wat = f'(import "wasi" "proc_exit" (func (param i32))) {MEMORY}'
    assert "it imports wasi.proc_exit, which this host does not offer" in misfit(wat)


def test_an_import_without_a_name_is_told() -> None:
    assert "it imports ., which this host does not offer" in misfit(f'(import "" "" (func)) {MEMORY}')


@pytest.mark.parametrize(
    ("type", "told"),
    [
        ("(param i32)", "(i32) -> nothing"),
        ("(param i32 i32 i32)", "(i32, i32, i32) -> nothing"),
        ("(param i32 i64 i32) (result i32)", "(i32, i64, i32) -> i32"),
        ("(param i32 i32 i32) (result i32 i32)", "(i32, i32, i32) -> i32, i32"),
        ("(param i32 i32 f32) (result i32)", "(i32, i32, f32) -> i32"),
    ],
)
def test_an_import_of_another_type_is_told_with_both(type: str, told: str) -> None:
    wat = f'(import "env" "proxy_log" (func {type})) {MEMORY}'
    assert f"it imports env.proxy_log as {told}, but that is (i32, i32, i32) -> i32" in misfit(wat)


@pytest.mark.parametrize("kind", ["(memory 1)", "(table 1 funcref)", "(global i32)", "(global (mut i64))"])
def test_an_import_that_is_no_function_is_told(kind: str) -> None:
    exported = MEMORY if "memory" not in kind else ""
    wat = f'(import "env" "proxy_log" {kind}) {exported}'
    assert "it imports env.proxy_log, which is no function" in misfit(wat)


@pytest.mark.parametrize("wat", ["", "(memory 1)", '(memory (export "mem") 1)', '(func (export "memory"))'])
def test_a_module_that_shows_no_memory_is_told(wat: str) -> None:
    assert "it exports no memory called memory" in misfit(wat)


def test_an_export_of_another_type_is_told_with_both() -> None:
    wat = f'{MEMORY} (func (export "malloc") (param i64) (result i32) (i32.const 0))'
    assert "it exports malloc as (i64) -> i32, but that is (i32) -> i32" in misfit(wat)


def test_an_export_that_should_be_a_function_and_is_none_is_told() -> None:
    assert "its export malloc is no function" in misfit(f'{MEMORY} (global (export "malloc") i32 (i32.const 0))')


def test_all_misfits_are_told_at_once() -> None:
    told = misfit("""
        (import "env" "proxy_lock" (func))
        (import "env" "proxy_log" (func))
        (import "env" "table" (table 1 funcref))
        (func (export "malloc"))
    """)
    assert told.startswith("auth.wasm does not fit Proxy-Wasm 0.2.1: ")
    assert len(told.split("; it ")) == 5
