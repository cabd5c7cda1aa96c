"""The places and callers of instances, used by one after another."""

import pytest
from kit.wasm import Joined, host

from proxy.errors import GuestTrap, GuestUnavailable
from wasm_host.calls import Instance
from wasm_host.memory import OutOfBounds
from wasm_host.signature import Signature

WAT = """
    (memory (export "memory") 1)
    (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "trap") unreachable)
"""


def closed(joined: Joined, *, held: bool = False) -> Instance:
    instance = joined.instance()
    instance.close(held=held)
    return instance


def test_a_berth_is_used_again() -> None:
    joined = Joined(WAT)
    first = joined.instance()
    functions = first.functions
    first.close()
    assert joined.instance().functions is functions


def test_two_instances_never_share_one() -> None:
    joined = Joined(WAT)
    closed(joined)
    first, second = joined.instance(), joined.instance()
    first.memory.write(0, b"1")
    second.memory.write(0, b"2")
    assert (joined.call(first, "get", 0), joined.call(second, "get", 0)) == (ord("1"), ord("2"))
    assert first.functions is not second.functions


def test_one_that_somebody_holds_is_never_used_again() -> None:
    joined = Joined(WAT)
    held = joined.instance()
    functions, memory = held.functions, held.memory
    held.close(held=True)
    for _ in range(3):
        other = joined.instance()
        assert other.functions is not functions
        assert other.memory is not memory
    assert functions[0] is not None
    with pytest.raises(GuestUnavailable):
        functions[0](0)


def test_closing_an_instance_that_is_gone_does_not_give_its_berth_twice() -> None:
    joined = Joined(WAT)
    first = closed(joined)
    first.close()
    assert joined.instance().functions is not joined.instance().functions


def test_an_instance_that_was_closed_does_not_close_the_next_in_its_berth() -> None:
    joined = Joined(WAT)
    first = closed(joined)
    second = joined.instance()
    first.close()
    assert joined.call(second, "get", 0) == 0


def test_after_a_trap_the_way_is_barred_until_the_next_instance() -> None:
    joined = Joined(WAT)
    first = joined.instance()
    with pytest.raises(GuestTrap):
        joined.call(first, "trap")
    with pytest.raises(GuestUnavailable):
        joined.call(first, "get", 0)
    first.close()
    assert joined.call(joined.instance(), "get", 0) == 0


def test_a_trap_that_was_only_a_way_to_return_leaves_the_way_open() -> None:
    joined = Joined(WAT)
    instance = joined.instance()
    with pytest.raises(GuestTrap):
        joined.call(instance, "trap")
    instance.reopen()
    assert joined.call(instance, "get", 0) == 0


def test_what_is_gone_is_not_opened_again() -> None:
    joined = Joined(WAT)
    instance = joined.instance()
    functions = instance.functions
    instance.close()
    instance.reopen()
    assert functions[0] is not None
    with pytest.raises(GuestUnavailable):
        functions[0](0)


def test_the_next_instance_has_a_memory_of_its_own_size() -> None:
    joined = Joined(WAT)
    first = joined.instance()
    joined.call(first, "grow", 5)
    first.memory.write(6 * 65536 - 1, b"x")
    first.close()
    second = joined.instance()
    with pytest.raises(OutOfBounds):
        second.memory.read(65536, 1)
    joined.call(second, "grow", 5)
    assert second.memory.read(6 * 65536 - 1, 1) == b"\0"


def test_a_start_that_fails_spoils_no_berth() -> None:
    fails = [False, True, False, True, False]

    def ask() -> None:
        if fails.pop(0):
            raise ValueError("not now")

    joined = Joined(
        """
        (import "env" "ask" (func $ask))
        (func (export "f") (result i32) (i32.const 1))
        (start $ask)
        """,
        [host("ask", Signature(""), ask)],
    )
    for _ in range(3):
        instance = joined.instance()
        assert joined.call(instance, "f") == 1
        instance.close()
        if fails:
            with pytest.raises(ValueError, match="not now"):
                joined.instance()
