"""A guest's memory from the host: nothing outside it is ever read or written, whatever a guest names."""

import ctypes
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.wasm import host
from kit.wat import WatGuest

from proxy.errors import GuestTrap
from wasm_host.memory import MOST_LONG_BYTES, MOST_READ_BYTES, Memory, OutOfBounds
from wasm_host.signature import Signature

SIZE, GUARD = 64, 32
PLACES = st.integers(0, SIZE + 2) | st.integers(0, 2**32 - 1) | st.just(2**64 - 1)
PIECES = st.binary(max_size=SIZE + 4)


class Fenced:
    """A memory with a fence on either side, which may grow into what lies behind it."""

    def __init__(self) -> None:
        self._all = (ctypes.c_ubyte * (GUARD + 2 * SIZE + GUARD))(*[0xFE] * (2 * GUARD + 2 * SIZE))
        self.size = SIZE
        self.asked = 0
        ctypes.memset(ctypes.addressof(self._all) + GUARD, 0, SIZE)
        self.memory = Memory(self._extent)

    def _extent(self) -> tuple[int, int]:
        self.asked += 1
        return ctypes.addressof(self._all) + GUARD, self.size

    def grow(self) -> None:
        ctypes.memset(ctypes.addressof(self._all) + GUARD + self.size, 0, SIZE)
        self.size += SIZE

    @property
    def inside(self) -> bytes:
        return bytes(self._all)[GUARD : GUARD + self.size]

    def fence_stands(self) -> bool:
        whole = bytes(self._all)
        return set(whole[:GUARD] + whole[GUARD + self.size :]) == {0xFE}


@given(at=PLACES, size=PLACES)
def test_a_read_gives_what_is_there_or_fails(at: int, size: int) -> None:
    fenced = Fenced()
    fenced.memory.write(0, bytes(range(SIZE)))
    if at + size <= SIZE:
        assert fenced.memory.read(at, size) == bytes(range(SIZE))[at : at + size]
    else:
        with pytest.raises(OutOfBounds):
            fenced.memory.read(at, size)


@given(at=PLACES, data=PIECES)
def test_a_write_changes_what_it_names_and_nothing_else_or_fails(at: int, data: bytes) -> None:
    fenced = Fenced()
    if at + len(data) <= SIZE:
        fenced.memory.write(at, data)
        assert fenced.inside == bytes(at) + data + bytes(SIZE - at - len(data))
    else:
        with pytest.raises(OutOfBounds):
            fenced.memory.write(at, data)
        assert fenced.inside == bytes(SIZE)
    assert fenced.fence_stands()


@given(at=st.integers(-SIZE - 4, -1), data=PIECES)
def test_a_negative_place_never_leads_outside(at: int, data: bytes) -> None:
    fenced = Fenced()
    with suppress(OutOfBounds, ValueError):
        fenced.memory.write(at, data)
    assert fenced.fence_stands()


@given(steps=st.lists(st.tuples(st.booleans(), PLACES, PIECES), max_size=8))
def test_growth_is_seen_when_something_beyond_is_named(steps: list[tuple[bool, int, bytes]]) -> None:
    fenced, model = Fenced(), bytearray(SIZE)
    for grows, at, data in steps:
        if grows and fenced.size == SIZE:
            fenced.grow()
            model += bytes(SIZE)
        if at + len(data) <= len(model):
            fenced.memory.write(at, data)
            model[at : at + len(data)] = data
            assert fenced.memory.read(at, len(data)) == data
        else:
            with pytest.raises(OutOfBounds):
                fenced.memory.write(at, data)
    assert fenced.inside == model
    assert fenced.fence_stands()


def test_the_extent_is_not_asked_for_while_places_lie_inside() -> None:
    fenced = Fenced()
    for at in range(SIZE):
        fenced.memory.write(at, b"a")
        fenced.memory.read(at, 1)
    assert fenced.asked == 1


@given(at=PLACES, value=st.integers(0, 2**32 - 1), wide=st.integers(0, 2**64 - 1))
def test_numbers_are_written_as_wasm_reads_them(at: int, value: int, wide: int) -> None:
    fenced = Fenced()
    for number, size, write in ((value, 4, fenced.memory.write_u32), (wide, 8, fenced.memory.write_u64)):
        if at + size <= SIZE:
            write(at, number)
            assert int.from_bytes(fenced.memory.read(at, size), "little") == number
        else:
            with pytest.raises(OutOfBounds):
                write(at, number)
    assert fenced.fence_stands()


def test_a_place_outside_is_named() -> None:
    with pytest.raises(OutOfBounds, match="byte 64 of a memory of 64 bytes") as caught:
        Fenced().memory.read(60, 5)
    assert isinstance(caught.value, GuestTrap)
    assert caught.value.reason == "hostcall_out_of_bounds"


def test_nothing_at_the_very_end_is_inside() -> None:
    memory = Fenced().memory
    assert memory.read(SIZE, 0) == b""
    memory.write(SIZE, b"")
    with pytest.raises(OutOfBounds):
        memory.read(SIZE + 1, 0)


def test_a_closed_memory_has_nothing() -> None:
    memory = Fenced().memory
    memory.close()
    assert memory.size == 0
    with pytest.raises(OutOfBounds, match="gone"):
        memory.read(0, 1)


# In a real guest.

GROWS = """
    (import "env" "look" (func $look (param i32) (result i32)))
    (memory (export "memory") 1 100)
    (func (export "grow_and_look") (param i32) (result i32)
        (drop (memory.grow (local.get 0)))
        (call $look (i32.const 0)))
    (func (export "put") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
    (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0)))
"""


def guest() -> WatGuest:
    made = WatGuest(GROWS, [host("look", Signature("i", "i"), lambda _: len(made.memory.read(0, 3 * 65536)))])
    return made


def test_host_and_guest_see_each_others_writes() -> None:
    made = guest()
    made.memory.write(70, b"x")
    assert made.call("get", 70) == ord("x")
    made.call("put", 65535, 0x59)
    assert made.memory.read(65535, 1) == b"Y"


def test_what_a_guest_grew_is_seen_in_the_call_in_which_it_grew() -> None:
    made = guest()
    with pytest.raises(GuestTrap, match="byte 196607 of a memory of 131072 bytes"):
        made.call("grow_and_look", 1)
    assert guest().call("grow_and_look", 2) == 3 * 65536


def test_what_was_written_before_a_guest_grew_is_still_there() -> None:
    made = guest()
    made.memory.write(100, b"before")
    view = made.memory.view
    made.call("grow_and_look", 50)
    assert made.memory.size_now() == 51 * 65536
    assert made.memory.read(100, 6) == b"before" == bytes(view[100:106])
    made.memory.write(51 * 65536 - 3, b"end")
    assert made.call("get", 51 * 65536 - 1) == ord("d")


# How much at once.


class Vast:
    """A memory larger than what functions take at once."""

    def __init__(self, size: int) -> None:
        self._all = (ctypes.c_ubyte * size)()
        self.memory = Memory(lambda: (ctypes.addressof(self._all), size))


def test_functions_take_no_more_than_they_can_work_off_in_time() -> None:
    memory = Vast(MOST_READ_BYTES + 2).memory
    assert len(memory.read(1, MOST_READ_BYTES)) == MOST_READ_BYTES
    with pytest.raises(OutOfBounds, match=f"{MOST_READ_BYTES + 1} bytes at once"):
        memory.read(1, MOST_READ_BYTES + 1)


def test_what_is_only_passed_on_may_be_larger() -> None:
    memory = Vast(MOST_LONG_BYTES + 2).memory
    assert len(memory.read_long(1, MOST_LONG_BYTES)) == MOST_LONG_BYTES
    with pytest.raises(OutOfBounds, match="bytes at once"):
        memory.read_long(1, MOST_LONG_BYTES + 1)
    with pytest.raises(OutOfBounds, match="of a memory of"):
        memory.read_long(3, MOST_LONG_BYTES)


def test_a_memory_may_become_another() -> None:
    first, second = Fenced(), Fenced()
    second.memory.write(0, b"second")
    memory = first.memory
    memory.write(0, b"first.")
    memory.close()
    memory.open(second._extent)
    assert memory.read(0, 6) == b"second"
    memory.write(0, b"SECOND")
    assert (first.inside[:6], second.inside[:6]) == (b"first.", b"SECOND")


def test_a_memory_that_becomes_a_smaller_one_knows_its_size() -> None:
    first, second = Fenced(), Fenced()
    first.grow()
    memory = first.memory
    memory.write(2 * SIZE - 1, b"a")
    memory.open(second._extent)
    with pytest.raises(OutOfBounds):
        memory.write(SIZE, b"a")
    assert second.fence_stands()
