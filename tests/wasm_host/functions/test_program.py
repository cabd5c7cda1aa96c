"""What a program is to Function, whatever the ABI."""

from __future__ import annotations

import pytest
from kit.edge import OK, Edge, guest
from kit.exchanges import make_exchange
from kit.json_guests import answering
from kit.wat import module_of

from proxy.metrics import Cell, Registry
from proxy.runtime import monotonic
from wasm_host.engine import engine
from wasm_host.functions.call import Call
from wasm_host.functions.hostcalls import Hostcalls
from wasm_host.functions.lines import FunctionLines
from wasm_host.functions.program import Program
from wasm_host.functions.programs import linked
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionSettings
from wasm_host.module import WasmModule

SETTINGS = FunctionSettings("hello", "v1")
LINES = FunctionLines(SETTINGS, Cell(()), lambda _: None)
GUESTS = {
    "edge": guest(f"(drop (call $response_set_status (i32.const 201))) {OK}"),
    "json": answering({"status": 201, "headers": {}, "body": ""}),
}


def program(abi: str) -> Program:
    module = WasmModule("guest.wasm", "", 0, module_of(GUESTS[abi]), engine(), abi, "")  # type: ignore[arg-type]
    return linked(module, SETTINGS, Services(), Hostcalls(SETTINGS, Registry(), LINES, lambda *_: None))


@pytest.mark.parametrize("abi", GUESTS)
def test_it_is_tried_without_a_loop(abi: str) -> None:
    program(abi).try_out()


@pytest.mark.parametrize("abi", GUESTS)
async def test_each_call_has_a_guest_and_leaves_its_answer_in_the_draft(abi: str) -> None:
    joined = program(abi)
    for _ in range(3):
        call = Call(make_exchange(), SETTINGS, LINES, monotonic())
        await joined.run(call)
        assert call.draft.status == 201
        assert call.cpu_s > 0


async def test_a_function_runs_the_program_of_its_module() -> None:
    assert (await Edge(GUESTS["edge"]).answer()).status == 201
