"""Which ABI a module is for."""

from __future__ import annotations

import pytest
from kit.wat import module_of

from proxy.errors import AbiMismatch
from wasm_host.detection import TITLES, Abi, detected

TYPES = {
    "()": "",
    "() -> i32": "(result i32)",
    "() -> i64": "(result i64)",
    "(i32) -> i32": "(param i32) (result i32)",
    "(i32, i32)": "(param i32 i32)",
    "(i32, i32) -> i32": "(param i32 i32) (result i32)",
    "(i32, i32) -> i64": "(param i32 i32) (result i64)",
}


def found(exports: dict[str, str], *imports: str) -> Abi:
    functions = [f'(func (export "{name}") {TYPES[type]} unreachable)' for name, type in exports.items()]
    imported = [f'(import "{name}" "f" (func))' for name in imports]
    abi, version = detected(module_of(" ".join([*imported, *functions])), "it.wasm")
    assert not version
    return abi


ALLOC, ALLOCATE = {"alloc": "(i32) -> i32"}, {"allocate": "(i32) -> i32"}


@pytest.mark.parametrize(
    ("exports", "imports", "abi"),
    [
        pytest.param({"main": "() -> i32"}, ["env"], "edge", id="an edge function"),
        pytest.param({"main": "() -> i32"}, [], "edge", id="that asks nothing of the host"),
        pytest.param({"main": "() -> i32"}, ["env", "penstock"], "edge", id="that uses ours, too"),
        pytest.param({"handle": "() -> i32", "_initialize": "()"}, ["env"], "edge", id="entered elsewhere"),
        pytest.param({"main": "(i32, i32) -> i32"}, ["env"], "edge", id="whose main is C's"),
        pytest.param({"main": "() -> i32"} | ALLOCATE, ["env"], "edge", id="that exports its allocator"),
        pytest.param({"main": "() -> i32", "add": "(i32, i32) -> i32"} | ALLOCATE, [], "edge", id="and more"),
        pytest.param({"handle_request": "(i32, i32) -> i64"} | ALLOCATE, ["edge_hive"], "json", id="json, packed"),
        pytest.param({"handle_request": "(i32, i32) -> i32"} | ALLOCATE, [], "json", id="json, by pointer"),
        pytest.param({"validate": "(i32, i32) -> i32"} | ALLOCATE, [], "json", id="json, a call"),
        pytest.param({"validate": "(i32, i32) -> i32"} | ALLOCATE, ["edge_hive"], "json", id="json, a call that logs"),
        pytest.param({"handle_request": "() -> i64", "handle_response": "(i32, i32)"}, [], "http_wasm", id="http-wasm"),
        pytest.param({"handle_request": "() -> i64"} | ALLOCATE, [], "http_wasm", id="http-wasm with an allocator"),
        pytest.param({"analyze_request": "(i32, i32) -> i32"} | ALLOC, ["env"], "waf", id="a WAF module"),
        pytest.param({"detect_bot": "(i32, i32) -> i32"} | ALLOC, [], "bot", id="a bot detector"),
        pytest.param({"detect_bot": "(i32, i32) -> i32", "main": "() -> i32"} | ALLOC, [], "bot", id="with a main"),
    ],
)
def test_names_and_types_tell_the_abi(exports: dict[str, str], imports: list[str], abi: Abi) -> None:
    assert found(exports, *imports) == abi
    assert TITLES[abi]


@pytest.mark.parametrize(
    ("exports", "imports"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"_start": "()"}, ["wasi_snapshot_preview1"], id="a program"),
        pytest.param({"analyze_request": "(i32) -> i32"} | ALLOC, ["other"], id="almost a WAF module"),
        pytest.param({"analyze_request": "(i32, i32) -> i32"}, [], id="one that cannot be given anything"),
    ],
)
def test_what_is_for_nobody_here_is_told_what_would_make_it_something(
    exports: dict[str, str], imports: list[str]
) -> None:
    with pytest.raises(AbiMismatch) as caught:
        found(exports, *imports)
    for word in (
        "it.wasm is for no ABI",
        "proxy_abi_version_",
        "handle_request",
        "main",
        "analyze_request",
        "detect_bot",
    ):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("imports", "told"),
    [
        pytest.param(["env", "wasi_snapshot_preview1"], "wasi_snapshot_preview1.f, and", id="a program with a main"),
        pytest.param(["elsewhere"], "elsewhere.f, and", id="for another host"),
        pytest.param(["a", "env", "b", "c", "d", "e"], "a.f, b.f, c.f and 2 more", id="for many"),
    ],
)
def test_an_edge_function_that_imports_from_elsewhere_is_told_what_and_how_to_build_it(
    imports: list[str], told: str
) -> None:
    with pytest.raises(AbiMismatch, match=f"it.wasm imports {told}.*build it for wasm32-unknown-unknown"):
        found({"main": "() -> i32"}, *imports)


def test_a_mark_of_proxy_wasm_goes_before_all_others() -> None:
    wat = '(func (export "proxy_abi_version_0_2_1")) (func (export "main") (result i32) (i32.const 0))'
    assert detected(module_of(wat), "it.wasm") == ("proxy_wasm", "0_2_1")
