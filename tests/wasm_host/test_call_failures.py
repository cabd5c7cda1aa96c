"""How calls end that do not return: traps, time, memory, and what host functions raise."""

import asyncio
import time

import pytest
from kit.wasm import Joined, host
from kit.wat import WatGuest

from proxy.errors import ClientGone, GuestError, GuestOutOfMemory, GuestTimeout, GuestTrap, GuestUnavailable
from wasm_host.engine import TICK_S
from wasm_host.memory import OutOfBounds
from wasm_host.signature import HostFunction, Signature

SLACK_S = 0.3
"""For a machine that is busy with other things."""

TRAPS = {
    "unreachable": "unreachable",
    "stack_overflow": "(call $f)",
    "memory_out_of_bounds": "(drop (i32.load (i32.const -4)))",
    "table_out_of_bounds": "(drop (table.get (i32.const 9)))",
    "indirect_call_to_null": "(call_indirect (type $nothing) (i32.const 0))",
    "bad_signature": "(call_indirect (type $number) (i32.const 0) (i32.const 1))",
    "integer_division_by_zero": "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
    "integer_overflow": "(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))",
    "bad_conversion_to_integer": "(drop (i32.trunc_f32_s (f32.const nan)))",
}


@pytest.mark.parametrize("reason", TRAPS)
def test_each_kind_of_trap_has_its_reason(reason: str) -> None:
    guest = WatGuest(f"""
        (type $nothing (func)) (type $number (func (param i32)))
        (memory (export "memory") 1)
        (table 2 2 funcref) (elem (i32.const 1) $f)
        (func $f (export "f") {TRAPS[reason]})
    """)
    with pytest.raises(GuestTrap) as caught:
        guest.call("f")
    assert type(caught.value) is GuestTrap
    assert (caught.value.reason, caught.value.status) == (reason, 500)


def test_a_trap_is_told_in_one_line_and_in_words_that_no_guest_chose() -> None:
    guest = WatGuest(r"""(func $"evil\0awasm trap: all is well" (export "f") unreachable)""")
    with pytest.raises(GuestTrap) as caught:
        guest.call("f")
    assert str(caught.value) == "wasm `unreachable` instruction executed"


def test_a_guest_that_trapped_leaves_nothing_to_the_next_call() -> None:
    joined = Joined('(func (export "f") unreachable) (func (export "g") (result i32) (i32.const 5))')
    first, second = joined.instance(), joined.instance()
    with pytest.raises(GuestTrap):
        joined.call(first, "f")
    assert joined.call(second, "g") == 5


# Time.

SPINNING = '(func (export "spin") (loop $again (br $again))) (func (export "trap") unreachable)'


@pytest.mark.parametrize("call_time_s", [0.02, 0.05, 0.15])
def test_a_guest_that_spins_is_stopped_in_time(call_time_s: float) -> None:
    guest = WatGuest(SPINNING, call_time_s=call_time_s)
    begun = time.monotonic()
    with pytest.raises(GuestTimeout, match=f"{call_time_s * 1000:g} ms"):
        guest.call("spin")
    # One tick may pass before the first meets the call, and one more after its time is up.
    assert call_time_s <= time.monotonic() - begun <= call_time_s + 2 * TICK_S + SLACK_S


async def test_after_a_guest_that_spun_the_loop_goes_on() -> None:
    guest = WatGuest(SPINNING, call_time_s=0.02)
    with pytest.raises(GuestTimeout):
        guest.call("spin")
    begun = time.monotonic()
    await asyncio.sleep(0)
    assert time.monotonic() - begun < SLACK_S


def test_time_is_counted_for_each_call_anew() -> None:
    guest = WatGuest('(func (export "f") (result i32) (i32.const 1))', call_time_s=0.02)
    for _ in range(5):
        time.sleep(0.015)
        assert guest.call("f") == 1


def test_a_host_function_that_takes_long_counts_against_its_guest() -> None:
    guest = WatGuest(
        """
        (import "env" "sleep" (func $sleep))
        (func (export "f") (call $sleep) (loop $again (br $again)))
        """,
        [host("sleep", Signature(""), lambda: time.sleep(0.1))],
        call_time_s=0.05,
    )
    begun = time.monotonic()
    with pytest.raises(GuestTimeout):
        guest.call("f")
    assert time.monotonic() - begun < 0.1 + 0.05 + 2 * TICK_S + SLACK_S


def test_a_trap_after_anothers_timeout_is_a_trap() -> None:
    joined = Joined(SPINNING, call_time_s=0.02)
    spinning, trapping = joined.instance(), joined.instance()
    with pytest.raises(GuestTimeout):
        joined.call(spinning, "spin")
    assert not joined.running.stopped
    with pytest.raises(GuestTrap):
        joined.call(trapping, "trap")


# Memory.

GROWING = """
    (memory (export "memory") 1)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "grow_for_ever")
        (loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
        unreachable)
    (func (export "trap") unreachable)
"""


def test_a_guest_that_grows_over_its_memory_and_gives_up_is_out_of_memory() -> None:
    guest = WatGuest(GROWING, memory_bytes=4 * 1024 * 1024)
    with pytest.raises(GuestOutOfMemory, match="3211264 bytes of memory"):
        guest.call("grow_for_ever")
    assert guest.memory.size <= 4 * 1024 * 1024


def test_a_guest_may_ask_for_too_much_and_go_on() -> None:
    guest = WatGuest(GROWING, memory_bytes=4 * 1024 * 1024)
    assert guest.call("grow", 1000) == 2**32 - 1
    assert guest.call("grow", 1) == 1
    with pytest.raises(GuestTrap):
        guest.call("trap")


def test_a_memory_that_is_too_large_from_the_start_makes_no_guest() -> None:
    with pytest.raises(GuestUnavailable, match="memory") as caught:
        WatGuest('(memory (export "memory") 100)', memory_bytes=64 * 1024)
    assert caught.value.reason == "no_instance"


def test_a_table_grows_to_its_limit() -> None:
    guest = WatGuest(
        '(table 1 funcref) (func (export "grow") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))',
        table_elements=10,
    )
    assert guest.call("grow", 10) == 2**32 - 1
    assert guest.call("grow", 9) == 1


# The start of a module.


@pytest.mark.parametrize(
    ("body", "error", "reason"),
    [
        ("unreachable", GuestTrap, "unreachable"),
        ("(loop $again (br $again))", GuestTimeout, "timeout"),
        ("(call $start)", GuestTrap, "stack_overflow"),
    ],
)
def test_a_start_function_that_fails_makes_no_guest(body: str, error: type[GuestError], reason: str) -> None:
    joined = Joined(f"(func $start {body}) (start $start)", call_time_s=0.02)
    for _ in range(3):
        with pytest.raises(error) as caught:
            joined.instance()
        assert caught.value.reason == reason


def test_what_a_host_function_raises_at_the_start_comes_out() -> None:
    broken = ValueError("mine")
    wat = '(import "env" "ask" (func $ask)) (func $start (call $ask)) (start $start)'
    with pytest.raises(ValueError, match="mine") as caught:
        WatGuest(wat, [raising(broken)])
    assert caught.value is broken


# What host functions raise.


def raising(error: BaseException, result: str = "", on_wild_pointer: int | None = None) -> HostFunction:
    def call() -> int:
        raise error

    return host("ask", Signature("", result), call, on_wild_pointer)


ASKING = {
    "": '(import "env" "ask" (func $ask)) (func (export "f") (result i32) (call $ask) (i32.const 9))',
    "i": """
        (import "env" "ask" (func $ask (result i32)))
        (func (export "f") (result i32) (i32.add (call $ask) (i32.const 1)))
    """,
    "I": """
        (import "env" "ask" (func $ask (result i64)))
        (func (export "f") (result i32) (i32.wrap_i64 (call $ask)))
    """,
}
every_result = pytest.mark.parametrize("result", ASKING)


@every_result
@pytest.mark.parametrize(
    "error",
    [ValueError("no"), ClientGone("gone"), GuestTrap("bad"), MemoryError(), SystemExit(3), KeyboardInterrupt()],
    ids=lambda error: type(error).__name__,
)
def test_what_a_host_function_raises_comes_back_as_itself(error: BaseException, result: str) -> None:
    guest = WatGuest(ASKING[result], [raising(error, result)])
    with pytest.raises(type(error)) as caught:
        guest.call("f")
    assert caught.value is error
    assert guest.running.failure is None


@every_result
def test_a_wild_pointer_that_the_abi_has_no_answer_for_is_a_trap(result: str) -> None:
    guest = WatGuest(ASKING[result], [raising(OutOfBounds("byte 9"), result)])
    with pytest.raises(GuestTrap, match="byte 9") as caught:
        guest.call("f")
    assert caught.value.reason == "hostcall_out_of_bounds"


def test_a_wild_pointer_that_the_abi_has_an_answer_for_is_answered() -> None:
    guest = WatGuest(ASKING["i"], [raising(OutOfBounds("byte 9"), "i", 20)])
    assert guest.call("f") == 21


def test_only_a_wild_pointer_gets_that_answer() -> None:
    guest = WatGuest(ASKING["i"], [raising(GuestTrap("other"), "i", 20)])
    with pytest.raises(GuestTrap, match="other"):
        guest.call("f")
