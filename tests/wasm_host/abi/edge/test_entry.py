"""Where an edge guest is entered: its own type of `main`, and what LLVM makes of it."""

from __future__ import annotations

import pytest
from kit.wat import module_of

from wasm_host.abi.edge.entry import entry_of

PLAIN = "(result i32) (i32.const 0)"
OF_C = f"(param i32 i32) {PLAIN}"


def exporting(name: str, function: str) -> str:
    return f'(memory (export "memory") 1) (func (export "{name}") {function})'


@pytest.mark.parametrize(
    ("name", "function", "entry", "parameters"),
    [
        pytest.param("main", PLAIN, None, "", id="the ABI's own"),
        pytest.param("main", OF_C, None, "ii", id="of C's type"),
        pytest.param("main", OF_C, "main", "ii", id="of C's type and named"),
        pytest.param("other", OF_C, "other", "", id="of C's type and not main"),
        pytest.param("main", OF_C, "other", "", id="another than main"),
        pytest.param("none", PLAIN, None, "", id="not there"),
    ],
)
def test_an_entry_takes_nothing_but_a_main_may_be_that_of_c(
    name: str, function: str, entry: str | None, parameters: str
) -> None:
    found = entry_of(module_of(exporting(name, function)), entry)
    assert (found.name, found.signature.parameters, found.signature.result) == (entry or "main", parameters, "i")


def test_a_main_that_is_no_function_is_none_of_c() -> None:
    module = module_of('(memory (export "memory") 1) (global (export "main") i32 (i32.const 0))')
    assert entry_of(module, None).signature.parameters == ""
