"""Instances: apart from each other, entered again from inside, closed, and many."""

import gc
import resource
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from kit.wasm import Joined, host
from kit.wat import WatGuest

from proxy.errors import GuestTimeout, GuestTrap, GuestUnavailable
from wasm_host.memory import OutOfBounds
from wasm_host.signature import HostFunction, Signature

COUNTER = """
    (memory (export "memory") 1)
    (global $count (mut i32) (i32.const 0))
    (func (export "count") (result i32)
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (i32.store (i32.const 0) (global.get $count))
        (global.get $count))
    (func (export "trap") unreachable)
    (func (export "two") (param i32 i32))
    (func (export "three") (param i32 i32 i32))
    (func (export "four") (param i32 i32 i32 i32))
    (func (export "wide") (param i64))
"""


def test_each_instance_has_globals_and_memory_of_its_own() -> None:
    joined = Joined(COUNTER)
    first, second = joined.instance(), joined.instance()
    assert [joined.call(first, "count") for _ in range(3)] == [1, 2, 3]
    assert joined.call(second, "count") == 1
    assert (first.memory.read(0, 4), second.memory.read(0, 4)) == (b"\3\0\0\0", b"\1\0\0\0")


def test_a_new_instance_finds_nothing_of_one_that_was_closed() -> None:
    joined = Joined(COUNTER)
    first = joined.instance()
    first.memory.write(1000, b"a secret")
    first.close()
    for _ in range(50):  # Wherever in the pool it comes to lie.
        other = joined.instance()
        assert other.memory.read(0, 65536) == bytes(65536)
        other.close()


def test_a_guest_without_a_memory_has_an_empty_one() -> None:
    guest = WatGuest('(func (export "f"))')
    guest.call("f")
    assert guest.memory.size == 0
    with pytest.raises(OutOfBounds):
        guest.memory.read(0, 1)


# From inside.


class Nested:
    """A guest that calls the host, which calls the guest again; `then` is what the host does."""

    WAT = """
        (import "env" "ask" (func $ask (param i32) (result i32)))
        (import "env" "wild" (func $wild))
        (memory (export "memory") 1)
        (func (export "outer") (param i32) (result i32)
            (i32.add (i32.const 100) (call $ask (local.get 0))))
        (func (export "inner") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
        (func (export "inner_trap") unreachable)
        (func (export "inner_wild") (call $wild))
        (func (export "inner_spin") (loop $again (br $again)))
    """

    def __init__(self, then: Callable[[WatGuest, int], int], on_wild_pointer: int | None = None) -> None:
        ask = host("ask", Signature("i", "i"), lambda number: then(self.guest, number), on_wild_pointer)
        self.guest = WatGuest(self.WAT, [ask, host("wild", Signature(""), self._wild)], call_time_s=0.03)

    def _wild(self) -> None:
        self.guest.memory.read(65536, 1)

    def outer(self, number: int) -> int:
        return self.guest.call("outer", number)


def reenter(guest: WatGuest, name: str, *arguments: int) -> int:
    """Call the guest from inside it, where its time goes on."""
    function = guest._functions[name]
    assert function is not None
    return function(*arguments)


def test_the_host_may_call_the_guest_that_called_it() -> None:
    assert Nested(lambda guest, number: reenter(guest, "inner", number)).outer(4) == 108


def test_a_guest_may_be_in_one_function_several_times() -> None:
    nested = Nested(lambda guest, number: reenter(guest, "outer", number - 1) if number else 1)
    assert nested.outer(5) == 601


def test_a_guest_may_not_be_in_itself_without_end() -> None:
    nested = Nested(lambda guest, number: reenter(guest, "outer", number + 1))
    with pytest.raises((GuestTrap, RecursionError)):
        nested.outer(0)


@pytest.mark.parametrize(
    ("inner", "error", "reason"),
    [
        ("inner_trap", GuestTrap, "unreachable"),
        ("inner_wild", GuestTrap, "hostcall_out_of_bounds"),
        ("inner_spin", GuestTimeout, "timeout"),
    ],
)
def test_a_failure_inside_ends_the_call_outside(inner: str, error: type[GuestTrap], reason: str) -> None:
    nested = Nested(lambda guest, _: reenter(guest, inner), on_wild_pointer=7)
    with pytest.raises(error) as caught:
        nested.outer(0)
    assert caught.value.reason == reason


# The end.


@pytest.mark.parametrize(
    "call", [("count",), ("two", 1, 2), ("three", 1, 2, 3), ("four", 1, 2, 3, 4), ("wide", 1)], ids=lambda call: call[0]
)
def test_a_guest_that_is_gone_is_not_called(call: tuple[str, int]) -> None:
    joined = Joined(COUNTER)
    instance = joined.instance()
    functions = dict(zip(joined._names, instance.functions, strict=True))
    instance.close()
    name, *arguments = call
    function = functions[name]
    assert function is not None
    with pytest.raises(GuestUnavailable, match="gone"):
        function(*arguments)


def test_a_memory_that_is_gone_is_neither_read_nor_written() -> None:
    instance = Joined(COUNTER).instance()
    memory = instance.memory
    assert memory.read(0, 4) == bytes(4)
    instance.close()
    for reach in (lambda: memory.read(0, 1), lambda: memory.write(0, b"a"), memory.size_now):
        with pytest.raises(OutOfBounds, match="gone"):
            reach()


def test_closing_twice_is_closing_once() -> None:
    joined = Joined(COUNTER)
    instance, other = joined.instance(), joined.instance()
    instance.close()
    instance.close()
    assert joined.call(other, "count") == 1


def test_a_guest_that_trapped_can_be_closed_and_replaced() -> None:
    joined = Joined(COUNTER)
    for _ in range(3):
        instance = joined.instance()
        assert joined.call(instance, "count") == 1
        with pytest.raises(GuestTrap):
            joined.call(instance, "trap")
        instance.close()


def test_a_closed_guest_is_freed_without_the_collector() -> None:
    gc.disable()
    try:
        guest = WatGuest(COUNTER)
        guest.call("count")
        guest.instance.close()
        gone = weakref.ref(guest)
        guest.running.guest = None
        del guest
        assert gone() is None
    finally:
        gc.enable()


# Many.


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def asking() -> list[HostFunction]:
    return [host("ask", Signature("i", "i"), lambda number: number), host("wild", Signature(""), lambda: None)]


def test_ten_thousand_instances_leave_nothing_behind() -> None:
    joined = Joined(Nested.WAT, asking())

    def thousand() -> None:
        for number in range(1000):
            instance = joined.instance()
            assert joined.call(instance, "outer", number) == 100 + number
            if number % 10 == 3:
                with pytest.raises(GuestTrap):
                    joined.call(instance, "inner_trap")
            instance.memory.write(0, b"a" * 65536)
            instance.close()

    for _ in range(2):
        thousand()
    before = resident_bytes()
    for _ in range(10):
        thousand()
    assert resident_bytes() - before < 8 * 1024 * 1024


def test_programs_that_come_and_go_leave_nothing_behind() -> None:
    def fifty() -> None:
        for number in range(50):
            joined = Joined(Nested.WAT, asking())
            instance = joined.instance()
            assert joined.call(instance, "outer", number) == 100 + number
            instance.close()
        gc.collect()

    for _ in range(2):
        fifty()
    before = resident_bytes()
    for _ in range(4):
        fifty()
    assert resident_bytes() - before < 8 * 1024 * 1024
