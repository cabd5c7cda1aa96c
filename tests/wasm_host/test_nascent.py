"""Guests that are not instances yet, and call the host from their start function."""

import pytest
from kit.wasm import Joined, host

from proxy.errors import GuestTrap
from wasm_host.guest import Guest
from wasm_host.memory import OutOfBounds
from wasm_host.nascent import meets_memory
from wasm_host.signature import Signature

RESULTS = {"": "", "i": "(result i32)", "I": "(result i64)"}


def started(result: str, start: str) -> str:
    drop = "drop" if result else ""
    return f"""
        (import "env" "note" (func $note (param i32) {RESULTS[result]}))
        (memory (export "memory") 1) (data (i32.const 8) "hello")
        (func $start {start.format(drop=drop)}) (start $start)
    """


class Notes:
    """A host function that writes down what it reads, how often it was called, and what it may return."""

    def __init__(self, result: str, start: str, on_wild_pointer: int | None = None) -> None:
        self.calls = 0
        self.read: list[bytes] = []
        signature = Signature("i", result)
        self.joined = Joined(started(result, start), [host("note", signature, self._note, on_wild_pointer)])

    def _note(self, at: int) -> int:
        self.calls += 1
        self.read.append(self.joined.running.guest.memory.read(at, 5))
        return 0

    def make(self) -> Guest:
        return Guest(self.joined.linked)


every_result = pytest.mark.parametrize("result", RESULTS)


@every_result
def test_the_first_pointer_finds_the_memory_and_the_others_have_it(result: str) -> None:
    notes = Notes(result, "(call $note (i32.const 8)) {drop} (call $note (i32.const 9)) {drop}")
    guest = notes.make()
    assert notes.read == [b"hello", b"ello\0"]
    assert notes.calls == 3
    assert guest.memory.read(8, 5) == b"hello"


@every_result
def test_a_wild_pointer_ends_the_start_after_the_memory_was_found(result: str) -> None:
    notes = Notes(result, "(call $note (i32.const 65533)) {drop}")
    with pytest.raises(GuestTrap) as caught:
        notes.make()
    assert (caught.value.reason, notes.calls, notes.read) == ("hostcall_out_of_bounds", 2, [])


def test_a_wild_pointer_that_the_abi_has_an_answer_for_is_answered() -> None:
    notes = Notes("i", "(if (i32.ne (call $note (i32.const 65533)) (i32.const 7)) (then unreachable))", 7)
    notes.make()
    assert notes.read == []


def test_after_the_start_a_wild_pointer_is_only_that() -> None:
    joined = Joined("")
    joined.instance()
    assert not meets_memory(joined.running, 0, OutOfBounds("byte 9"))


def test_what_is_no_wild_pointer_is_not_tried_again() -> None:
    joined = Joined("")
    joined.running.starting = True
    assert not meets_memory(joined.running, 0, ValueError())
    assert joined.running.starting
