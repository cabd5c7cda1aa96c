"""Which program runs a module as a function."""

from __future__ import annotations

import pytest
from kit.edge import OK, guest
from kit.json_guests import answering
from kit.wat import module_of

from proxy.errors import AbiMismatch
from proxy.metrics import Cell, Registry
from wasm_host.abi.edge.program import EdgeProgram
from wasm_host.abi.json_guest.program import JsonProgram
from wasm_host.engine import engine
from wasm_host.functions.hostcalls import Hostcalls
from wasm_host.functions.lines import FunctionLines
from wasm_host.functions.program import Program
from wasm_host.functions.programs import linked
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionSettings
from wasm_host.module import WasmModule


def joined(abi: str, wat: str) -> Program:
    settings = FunctionSettings("hello", "v1")
    hostcalls = Hostcalls(settings, Registry(), FunctionLines(settings, Cell(()), lambda _: None), lambda *_: None)
    module = WasmModule("guest.wasm", "", 0, module_of(wat), engine(), abi, "")  # type: ignore[arg-type]
    return linked(module, settings, Services(), hostcalls)


def test_the_modules_abi_decides() -> None:
    assert type(joined("edge", guest(OK))) is EdgeProgram
    assert type(joined("json", answering({"status": 200}))) is JsonProgram


@pytest.mark.parametrize("abi", ["proxy_wasm", "http_wasm"])
def test_a_module_for_filters_is_no_function(abi: str) -> None:
    with pytest.raises(AbiMismatch, match="a filter of `type: wasm` runs it"):
        joined(abi, guest(OK))
