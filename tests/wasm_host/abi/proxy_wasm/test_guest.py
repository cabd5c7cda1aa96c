"""A guest's start, its ticks, and the callbacks that belong to no exchange."""

import asyncio
from typing import Any

import pytest
from kit.http_wasm import Strings
from kit.proxy_wasm import GIVEN, OUT, guest, notes, program
from kit.wire import eventually

from proxy.errors import GuestTrap
from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest
from wasm_host.abi.proxy_wasm.http_calls import CallResult
from wasm_host.abi.wasi import Exited

TRUE = "(i32.const 1)"
TICKS = "(drop (call $set_tick_period_milliseconds (i32.const {}))) (i32.const 1)"


def made(strings: Strings | None = None, how: dict[str, Any] | None = None, **callbacks: str) -> ProxyWasmGuest:
    return program(guest(strings, **callbacks), **(how or {})).make()


# The start.


def test_the_plugin_is_made_then_started_then_configured() -> None:
    started = made(
        how={"vm_configuration": b"12", "configuration": b"345"},
        context_create="(call $note (local.get $id)) (call $note (local.get $parent))",
        vm_start=f"(call $note (local.get $id)) (call $note (local.get $size)) {TRUE}",
        configure=f"(call $note (local.get $id)) (call $note (local.get $size)) {TRUE}",
    )
    assert notes(started) == [1, 0, 1, 2, 1, 3]


@pytest.mark.parametrize("callback", ["vm_start", "configure"])
def test_a_guest_may_refuse_to_start(callback: str) -> None:
    with pytest.raises(GuestTrap, match="refused") as caught:
        made(**{callback: "(i32.const 0)"})
    assert caught.value.reason == "refused"


def test_initialize_is_called_and_then_main() -> None:
    more = """
        (func (export "_initialize") (call $note (i32.const 1)))
        (func (export "main") (param i32 i32) (result i32) (call $note (i32.const 2)) (i32.const 9))
        (func (export "_start") unreachable)
    """
    assert notes(made(more=more, context_create="(call $note (i32.const 3))")) == [1, 2, 3]


def test_without_initialize_start_is_called_and_main_is_not() -> None:
    more = """
        (func (export "_start") (call $note (i32.const 1)))
        (func (export "main") (param i32 i32) (result i32) unreachable)
    """
    assert notes(made(more=more)) == [1]


EXITS = '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))'


def exiting(name: str, code: int) -> str:
    return EXITS + guest(
        more=f'(func (export "{name}") (call $exit (i32.const {code})))', context_create="(call $note (i32.const 1))"
    )


def test_a_start_may_end_in_an_orderly_exit() -> None:
    assert notes(program(exiting("_start", 0)).make()) == [1]


@pytest.mark.parametrize(("name", "code"), [("_start", 1), ("_initialize", 0)])
def test_any_other_exit_is_a_failure(name: str, code: int) -> None:
    with pytest.raises(Exited):
        program(exiting(name, code)).make()


def test_a_module_may_log_in_its_own_start(caplog: pytest.LogCaptureFixture) -> None:
    strings = Strings()
    made(strings, more=f'(func (export "_start") (drop (call $log (i32.const 4) {strings("early")})))')
    assert [record.getMessage() for record in caplog.records] == ["it: early"]


def test_a_module_that_asks_for_headers_in_its_own_start_fails() -> None:
    strings = Strings()
    asks = f"(drop (call $get_header_map_value (i32.const 0) {strings('x')} {OUT}))"
    with pytest.raises(GuestTrap, match="_initialize or _start"):
        made(strings, more=f'(func (export "_start") {asks})')


def test_the_configuration_is_read_in_its_callback_and_not_after() -> None:
    read = f"(call $note (call $get_buffer_bytes (i32.const 7) (i32.const 0) (i32.const 99) {OUT}))"
    started = made(
        how={"configuration": b"{}"},
        configure=f"{read} (drop (call $log (i32.const 5) {GIVEN})) {TRUE}",
        http_call_response=read,
    )
    started.http_call_response(4, None, None)
    assert notes(started) == [0, 1]


def test_memory_that_the_guest_refuses_to_allocate_is_an_invalid_access() -> None:
    wat = f"""
        (import "env" "proxy_get_buffer_bytes" (func $get (param i32 i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "proxy_abi_version_0_2_1"))
        (func (export "malloc") (param i32) (result i32) (i32.const 0))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (i32.eq (i32.const 6) (call $get (i32.const 7) (i32.const 0) (i32.const 9) {OUT})))
    """
    program(wat, configuration=b"x").make()


def test_its_own_allocator_goes_before_malloc() -> None:
    wat = f"""
        (import "env" "proxy_get_buffer_bytes" (func $get (param i32 i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "proxy_abi_version_0_2_1"))
        (func (export "malloc") (param i32) (result i32) unreachable)
        (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 512))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (drop (call $get (i32.const 7) (i32.const 0) (i32.const 9) {OUT})) (i32.const 1))
    """
    assert program(wat, configuration=b"hello").make().memory.read(512, 5) == b"hello"


# Ticks.


async def test_it_ticks_on_its_root_context() -> None:
    ticking = made(configure=TICKS.format(1), tick="(call $note (local.get $id))")
    assert await eventually(lambda: notes(ticking)[:2] == [1, 1])
    ticking.close()


async def test_a_tick_may_stop_the_ticks() -> None:
    stops = "(call $note (i32.const 1)) (drop (call $set_tick_period_milliseconds (i32.const 0)))"
    ticking = made(configure=TICKS.format(1), tick=stops)
    assert await eventually(lambda: notes(ticking))
    await asyncio.sleep(0.02)
    assert notes(ticking) == [1]
    ticking.close()


async def test_another_period_takes_the_place_of_the_first() -> None:
    ticking = made(configure=TICKS.format(3_600_000), tick="(call $note (i32.const 1))")
    await asyncio.sleep(0.01)
    assert notes(ticking) == []
    ticking.tick_every(0.001)
    assert await eventually(lambda: notes(ticking))
    ticking.close()


async def test_a_closed_guest_ticks_no_more() -> None:
    ticking = made(configure=TICKS.format(1), tick="unreachable")
    ticking.close()
    await asyncio.sleep(0.01)
    assert ticking._timer is None


def test_a_guest_on_trial_never_ticks() -> None:
    """No loop runs here: a timer would have needed one."""
    assert made(how={"trial": True}, configure=TICKS.format(1), tick="unreachable")._timer is None


async def test_a_guest_that_traps_in_a_tick_is_gone() -> None:
    ticking = made(configure=TICKS.format(1), tick="unreachable")
    assert await eventually(lambda: not ticking.alive)


# Answers to calls.


def test_an_answer_is_told_to_the_root_with_its_counts() -> None:
    told = made(
        http_call_response="""
            (call $note (local.get $id)) (call $note (local.get $call)) (call $note (local.get $headers))
            (call $note (local.get $size)) (call $note (local.get $trailers))"""
    )
    told.http_call_response(8, CallResult([(b":status", b"200"), (b"a", b"b")], b"body"), None)
    told.http_call_response(12, None, None)
    assert notes(told) == [1, 8, 2, 4, 0, 1, 12, 0, 0, 0]


def test_an_answer_is_gone_after_its_callback() -> None:
    told = made(http_call_response="")
    told.http_call_response(4, CallResult([], b"body"), None)
    assert told.root.call is None


def test_nothing_is_told_to_a_guest_that_is_gone() -> None:
    told = made(http_call_response="unreachable", queue_ready="unreachable")
    told.close()
    told.http_call_response(4, None, None)
    told.queue_ready(1)


def test_nothing_is_told_to_a_guest_that_has_no_ear_for_it() -> None:
    deaf = made()
    deaf.http_call_response(4, None, None)
    deaf.queue_ready(1)
    assert deaf.alive


def test_a_context_is_found_by_its_id_while_it_is_there() -> None:
    made_guest = made()
    assert made_guest.find_context(1) is made_guest.root
    assert made_guest.find_context(2) is None
