"""How http-wasm guests start, and which modules do not fit."""

import pytest
from kit.exchanges import make_exchange, make_response, run
from kit.http_wasm import GOES_ON, Strings, guest, http_wasm_filter, room, shown
from kit.wat import module_of

from proxy.errors import AbiMismatch, GuestTimeout, GuestTrap
from proxy.metrics import Registry
from wasm_host.abi.http_wasm.program import HttpWasmProgram
from wasm_host.abi.wasi import Exited
from wasm_host.engine import engine
from wasm_host.log_lines import LogLines
from wasm_host.module import WasmModule
from wasm_host.program import GuestSettings

EXIT = '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))'
HANDLERS = """
    (memory (export "memory") 1)
    (func (export "handle_request") (result i64) (i64.const 1))
    (func (export "handle_response") (param i32 i32))
    """


@pytest.mark.parametrize("name", ["_start", "_initialize"])
async def test_a_module_is_started_by_either_name(name: str) -> None:
    registry = Registry()
    wat = f'{HANDLERS} (func (export "{name}") unreachable)'
    with pytest.raises(GuestTrap):
        http_wasm_filter(wat, registry).start()
    assert registry.wasm_traps.child("it", "unreachable").value == 1


async def test_a_module_need_not_have_a_start() -> None:
    filter = http_wasm_filter(HANDLERS)
    filter.start()
    assert (await run(make_exchange(), make_response(201), filter)).status == 201
    filter.close()


READS = '(import "http_handler" "read_body" (func (param i32 i32 i32) (result i64)))'
"""Makes a guest one that may wait."""


@pytest.mark.parametrize("imports", [EXIT, EXIT + READS])
async def test_a_command_that_exits_with_0_serves_on(imports: str) -> None:
    filter = http_wasm_filter(f'{imports} {HANDLERS} (func (export "_start") (call $exit (i32.const 0)))')
    filter.start()
    assert (await run(make_exchange(), make_response(201), filter)).status == 201
    filter.close()


async def test_a_command_that_exits_with_a_code_does_not_start() -> None:
    filter = http_wasm_filter(f'{EXIT} {HANDLERS} (func (export "_start") (call $exit (i32.const 3)))')
    with pytest.raises(Exited):
        filter.start()


async def test_exiting_from_a_handler_is_a_failure() -> None:
    filter = http_wasm_filter(f"""{EXIT} (memory (export "memory") 1)
        (func (export "handle_request") (result i64) (call $exit (i32.const 0)) unreachable)
        (func (export "handle_response") (param i32 i32))""")
    with pytest.raises(Exited):
        await run(make_exchange(), make_response(), filter)


async def test_a_start_that_spins_is_stopped() -> None:
    with pytest.raises(GuestTimeout):
        http_wasm_filter(guest(Strings(), start="(loop $again (br $again))"), call_time_s=0.02).start()


def linked(wat: str) -> HttpWasmProgram:
    module = WasmModule("guest.wasm", "", 0, module_of(wat), engine(), "http_wasm", "")
    log = LogLines("it", 2, Registry().wasm_log_dropped.child("it"))
    return HttpWasmProgram(module, GuestSettings("it"), log)


@pytest.mark.parametrize(
    ("wat", "told"),
    [
        (HANDLERS.replace("handle_request", "handle"), "it exports no handle_request"),
        (HANDLERS.replace("handle_response", "handle"), "it exports no handle_response"),
        (HANDLERS.replace("(param i32 i32)", "(param i32)"), "it exports handle_response as (i32)"),
        (HANDLERS.replace('(export "memory")', ""), "it exports no memory called memory"),
        (f'(import "http_handler" "get_methods" (func)) {HANDLERS}', "did you mean get_method?"),
        (f'(import "http_handler" "get_method" (func)) {HANDLERS}', "(i32, i32) -> i32"),
        (f'(import "env" "proxy_log" (func)) {HANDLERS}', "env.proxy_log"),
    ],
)
def test_a_module_that_does_not_fit_is_refused_with_the_reason(wat: str, told: str) -> None:
    with pytest.raises(AbiMismatch) as caught:
        linked(wat)
    assert "guest.wasm does not fit http-wasm" in str(caught.value)
    assert told in str(caught.value)


async def test_a_start_section_may_use_the_memory_before_there_is_an_instance() -> None:
    strings = Strings()
    wat = guest(
        strings,
        shown(strings, "x-seen", "(global.get $count)") + GOES_ON,
        more=f"(func $begin (global.set $count (call $get_config {room()}))) (start $begin)",
    )
    filter = http_wasm_filter(wat, configuration=b"kept")
    assert (await run(make_exchange(), make_response(), filter)).headers["x-seen"] == "kept"
    filter.close()


async def test_a_start_section_with_a_wild_pointer_traps() -> None:
    begin = "(func $begin (drop (call $get_config (i32.const -1) (i32.const 100)))) (start $begin)"
    with pytest.raises(GuestTrap) as caught:
        http_wasm_filter(guest(Strings(), more=begin), configuration=b"kept").start()
    assert caught.value.reason == "hostcall_out_of_bounds"
