"""How a guest becomes a module."""

from __future__ import annotations

import wasmtime

from bench.oracle.guest import CALLBACKS, assemble


def module(text: str, abi: str | None = "0.2.1", only: tuple[str, ...] = tuple(CALLBACKS)) -> wasmtime.Module:
    return wasmtime.Module(wasmtime.Engine(), wasmtime.wat2wasm(assemble(text, abi, only)))


def exports(module: wasmtime.Module) -> set[str]:
    return {export.name for export in module.exports}


def imports(module: wasmtime.Module) -> set[str]:
    return {str(each.name) for each in module.imports}


def parameters(module: wasmtime.Module, name: str) -> int:
    kind = next(export.type for export in module.exports if export.name == name)
    assert isinstance(kind, wasmtime.FuncType)
    return len(kind.params)


def test_a_guest_exports_its_version_an_allocator_and_every_callback():
    wanted = {"memory", "proxy_abi_version_0_2_1", "proxy_on_memory_allocate", *(f"proxy_{name}" for name in CALLBACKS)}
    assert exports(module("")) == wanted


def test_a_guest_without_a_version_has_no_marker():
    assert not any("version" in name for name in exports(module("", abi=None)))


def test_a_guest_exports_only_the_callbacks_that_are_wanted():
    assert {name for name in exports(module("", only=("on_log",))) if "_on_" in name} == {
        "proxy_on_memory_allocate",
        "proxy_on_log",
    }


def test_header_callbacks_of_the_first_version_have_no_end_of_stream():
    assert parameters(module("", abi="0.1.0"), "proxy_on_request_headers") == 2
    assert parameters(module("", abi="0.2.0"), "proxy_on_request_headers") == 3


def test_only_host_functions_that_are_used_are_imported():
    assert imports(module("", only=("on_log",))) == {"proxy_log"}


def test_a_callback_is_traced_before_the_guests_own_is_called():
    text = assemble("(func $on_log (param i32) (unreachable))", only=("on_log",))
    assert "(call $say1 (i32.const" in text
    assert text.index("(call $say1 (i32.const") < text.index("(call $on_log (local.get 0))")


def test_a_guest_may_bring_its_own_allocator():
    text = assemble("(func $allocate (param i32) (result i32) (i32.const 0))")
    assert text.count("(func $allocate") == 1
