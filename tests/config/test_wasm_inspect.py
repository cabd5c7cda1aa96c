"""What is said of a module that is looked at, and not run."""

from __future__ import annotations

import pathlib

import pytest
import wasmtime
from kit.guests import marking, passing_over_http_wasm
from kit.json_guests import ECHO, IMPORTS, packed
from kit.judges import CLEAN, knowing, saying

from config.wasm_inspect import Inspection, inspected
from proxy.errors import AbiMismatch


@pytest.fixture
def here(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path


def looked_at(here: pathlib.Path, wasm: bytes | str) -> Inspection:
    (here / "own.wasm").write_bytes(wasm if isinstance(wasm, bytes) else bytes(wasmtime.wat2wasm(f"(module {wasm})")))
    return inspected("own.wasm", here)


MISFIT = """
(import "env" "proxy_logg" (func (param i32 i32 i32) (result i32)))
(import "env" "proxy_log" (func (param i32 i32) (result i32)))
(import "env" "table" (table 1 funcref))
(memory 1 4)
(func (export "proxy_abi_version_0_2_0"))
(func (export "proxy_on_request_headers") (param i32) (result i32) (i32.const 0))
"""


def test_a_module_that_comes_along_is_told_in_full(here: pathlib.Path) -> None:
    lines = list(inspected("builtin:auth.wasm", here).lines())
    assert lines[0].startswith("auth.wasm: Proxy-Wasm 0.2.1, ")
    assert any(line.split() == ["proxy_log", "(i32,", "i32,", "i32)", "->", "i32"] for line in lines)
    assert "  at a request's head         proxy_on_context_create, proxy_on_request_headers" in lines
    assert lines[-1] == "it can run here"


def test_memory_is_told_in_pages_and_mebibytes(here: pathlib.Path) -> None:
    assert "  1 page (0.0625 MiB) at first, no maximum of its own" in looked_at(here, marking("one")).lines()
    bounded = '(memory (export "memory") 2 160) (func (export "proxy_abi_version_0_2_1"))'
    lines = list(looked_at(here, bounded).lines())
    assert "  2 pages (0.125 MiB) at first, at most 160 pages (10 MiB)" in lines
    assert "  none" in lines


def test_every_reason_why_it_cannot_run_is_told(here: pathlib.Path) -> None:
    inspection = looked_at(here, MISFIT)
    assert inspection.faults == [
        "it imports env.proxy_logg, which this host does not offer; did you mean proxy_log?",
        "it imports env.proxy_log as (i32, i32) -> i32, but that is (i32, i32, i32) -> i32",
        "it imports env.table, which is no function; this host offers only functions",
        "it exports no memory called memory",
        "it exports proxy_on_request_headers as (i32) -> i32, but that is (i32, i32, i32) -> i32",
    ]
    lines = list(inspection.lines())
    assert "    proxy_log   (i32, i32) -> i32   WRONG: it is (i32, i32, i32) -> i32" in lines
    assert "    proxy_logg  (i32, i32, i32) -> i32   UNKNOWN" in lines
    assert "    table       not a function" in lines
    assert "  none is exported" in lines
    assert "it cannot run here" in lines


def test_an_http_wasm_module_is_told_too(here: pathlib.Path) -> None:
    lines = list(looked_at(here, passing_over_http_wasm()).lines())
    assert lines[0].startswith("own.wasm: http-wasm, ")
    assert "  at a request's head         handle_request" in lines
    assert lines[-1] == "it can run here"


def test_an_http_wasm_module_without_a_handler_cannot_run(here: pathlib.Path) -> None:
    [fault] = looked_at(
        here, '(memory (export "memory") 1) (func (export "handle_request") (result i64) (i64.const 0))'
    ).faults
    assert "it exports no handle_response" in fault


def test_what_is_for_no_abi_known_here_is_an_error(here: pathlib.Path) -> None:
    with pytest.raises(AbiMismatch, match="is for no ABI known here"):
        looked_at(here, "")


def test_guests_that_judge_are_told_too(here: pathlib.Path) -> None:
    log = '(import "env" "log" (func (param i32 i32)))'
    lines = list(looked_at(here, log + saying(CLEAN)).lines())
    assert lines[0].startswith("own.wasm: the ABI of WAF modules, ")
    assert "    log  (i32, i32) -> nothing" in lines
    assert "  at a request                alloc, analyze_request" in lines
    assert lines[-1] == "it can run here"
    lines = list(looked_at(here, log + knowing("Crawler")).lines())
    assert lines[-2:] == ["it cannot run here", "  it imports env.log, which this host does not offer"]


def test_functions_are_told_too(here: pathlib.Path) -> None:
    lines = list(looked_at(here, IMPORTS + packed(ECHO)).lines())
    assert lines[0].startswith("own.wasm: the json ABI, ")
    assert "    db_query  (i32, i32) -> i32" in lines
    assert "  at a call                   allocate, handle_request" in lines
    assert lines[-1] == "it can run here"
    edge = '(import "env" "cache_get" (func (param i32 i32) (result i32))) (memory (export "memory") 1)'
    lines = list(looked_at(here, edge + '(func (export "main") (result i32) (i32.const 0))').lines())
    assert lines[0].startswith("own.wasm: the edge ABI, ")
    assert lines[-1] == "it can run here"
