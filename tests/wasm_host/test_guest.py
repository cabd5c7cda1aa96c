"""A running guest: how it is entered, left, held and closed."""

import pytest
from kit.wasm import Joined, host

from proxy.errors import GuestTrap, GuestUnavailable
from wasm_host.guest import Guest
from wasm_host.memory import OutOfBounds
from wasm_host.signature import Signature

WAT = """
    (import "env" "note" (func $note (param i32)))
    (memory (export "memory") 1) (data (i32.const 8) "hello")
    (func (export "f") (param i32) (call $note (local.get 0)))
"""
STARTS = """
    (import "env" "note" (func $note (param i32)))
    (memory (export "memory") 1) (data (i32.const 8) "hello")
    (func $start (call $note (i32.const 8)) unreachable)
    (start $start)
"""


class Case:
    """Guests whose one host function writes down who called it, and what it sees in its memory."""

    def __init__(self, wat: str = WAT) -> None:
        self.notes: list[tuple[object, bytes]] = []
        self.joined = Joined(wat, [host("note", Signature("i"), self._note)])
        self.closed = 0

    def _note(self, at: int) -> None:
        caller = self.joined.running.guest
        self.notes.append((caller, caller.memory.read(at, 5)))

    def guest(self) -> Guest:
        made = Guest(self.joined.linked)
        made.on_close = self._closed
        return made

    def _closed(self) -> None:
        self.closed += 1

    def call(self, guest: Guest) -> None:
        guest.enter()
        function = guest.instance.functions[0]
        assert function is not None
        function(8)
        guest.left()


def test_host_functions_find_the_guest_that_was_entered() -> None:
    case = Case()
    first, second = case.guest(), case.guest()
    second.memory.write(8, b"there")
    case.call(first)
    case.call(second)
    case.call(first)
    assert case.notes == [(first, b"hello"), (second, b"there"), (first, b"hello")]


def test_entering_begins_the_guests_time_anew() -> None:
    case = Case()
    guest = case.guest()
    case.joined.running.ticked_at = 1.0
    guest.enter()
    assert case.joined.running.ticked_at == 0.0


# What is put off.


def test_what_was_put_off_is_done_in_turn_when_the_guest_is_left() -> None:
    guest, done = Case().guest(), list[int]()
    guest.later += [lambda: done.append(1), lambda: done.append(2)]
    assert done == []
    guest.left()
    assert done == [1, 2]
    guest.left()
    assert done == [1, 2]


def test_what_is_put_off_while_others_are_done_is_done_too() -> None:
    guest, done = Case().guest(), list[int]()

    def again() -> None:
        done.append(1)
        guest.later.append(lambda: done.append(2))

    guest.later.append(again)
    guest.left()
    assert done == [1, 2]


def test_what_is_done_may_enter_the_guest_again() -> None:
    case = Case()
    guest = case.guest()
    guest.later += [lambda: case.call(guest), lambda: case.notes.append((None, b"last"))]
    case.call(guest)
    assert [each for _, each in case.notes] == [b"hello", b"hello", b"last"]


def test_what_is_done_may_close_the_guest_and_then_the_rest_is_dropped() -> None:
    guest, done = Case().guest(), list[int]()
    guest.later += [guest.close, lambda: done.append(1)]
    guest.left()
    assert done == []


# Its end.


def test_a_guest_that_nobody_holds_is_closed_when_it_is_retired() -> None:
    case = Case()
    guest = case.guest()
    guest.retire()
    assert (guest.alive, case.closed) == (False, 1)


def test_a_guest_that_is_held_is_closed_by_the_last_who_lets_go() -> None:
    case = Case()
    guest = case.guest()
    guest.users = 2
    guest.retire()
    guest.release()
    assert (guest.alive, case.closed) == (True, 0)
    case.call(guest)
    guest.release()
    assert (guest.alive, case.closed) == (False, 1)


def test_a_guest_that_nobody_retires_stays_when_all_let_go() -> None:
    guest = Case().guest()
    guest.users = 1
    guest.release()
    assert guest.alive


def test_closing_twice_is_closing_once() -> None:
    case = Case()
    guest = case.guest()
    guest.close()
    guest.close()
    assert case.closed == 1


def test_the_memory_of_a_guest_that_is_gone_is_gone() -> None:
    guest = Case().guest()
    memory = guest.memory
    guest.close()
    for each in (memory, guest.memory):
        with pytest.raises(OutOfBounds):
            each.read(0, 1)


def test_who_holds_a_guest_that_was_closed_never_meets_another() -> None:
    case = Case()
    guest = case.guest()
    guest.users = 1
    function, memory = guest.instance.functions[0], guest.memory
    guest.close()
    others = [case.guest() for _ in range(3)]
    assert function is not None
    with pytest.raises(GuestUnavailable, match="gone"):
        function(8)
    with pytest.raises(OutOfBounds, match="gone"):
        memory.read(8, 5)
    assert case.notes == []
    case.call(others[0])


# Its start.


def test_the_host_meets_the_memory_of_a_guest_that_starts() -> None:
    case = Case(STARTS.replace("unreachable", ""))
    guest = case.guest()
    assert case.notes == [(guest, b"hello")]


def test_a_guest_whose_start_fails_leaves_no_memory_behind() -> None:
    case = Case(STARTS)
    with pytest.raises(GuestTrap, match="unreachable"):
        case.guest()
    half = case.joined.running.guest
    assert [each for _, each in case.notes] == [b"hello"]
    assert not half.alive
    with pytest.raises(OutOfBounds):
        half.memory.read(8, 5)


def test_a_start_that_names_a_wild_pointer_is_a_trap_and_not_tried_for_ever() -> None:
    case = Case(STARTS.replace("(call $note (i32.const 8))", "(call $note (i32.const -8))"))
    with pytest.raises(GuestTrap) as caught:
        case.guest()
    assert caught.value.reason == "hostcall_out_of_bounds"


def test_a_start_without_a_memory_is_a_trap_at_its_first_pointer() -> None:
    case = Case("""
        (import "env" "note" (func $note (param i32)))
        (func $start (call $note (i32.const 8)))
        (start $start)
    """)
    with pytest.raises(GuestTrap) as caught:
        case.guest()
    assert caught.value.reason == "hostcall_out_of_bounds"
