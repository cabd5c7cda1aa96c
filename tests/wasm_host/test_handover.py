"""Data in and out of guests that are not trusted."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.wat import WatGuest

from proxy.errors import GuestOutOfMemory
from wasm_host.handover import BadAnswer, handed_over, read_json, read_u32
from wasm_host.memory import Memory, OutOfBounds


@pytest.fixture
def memory() -> Memory:
    return WatGuest('(memory (export "memory") 1)').memory


async def at(place: int) -> int:
    return place


async def test_data_lies_where_the_guest_made_room(memory: Memory) -> None:
    assert await handed_over(memory, lambda _: at(100), b"hello") == 100
    assert memory.read(100, 5) == b"hello"


async def test_a_null_pointer_is_no_room(memory: Memory) -> None:
    with pytest.raises(GuestOutOfMemory, match="5 bytes"):
        await handed_over(memory, lambda _: at(0), b"hello")


async def test_nothing_needs_no_room(memory: Memory) -> None:
    assert await handed_over(memory, lambda _: at(0), b"") == 0


@pytest.mark.parametrize("place", [65532, 2**32 - 1])
async def test_a_place_outside_is_refused(memory: Memory, place: int) -> None:
    with pytest.raises(OutOfBounds):
        await handed_over(memory, lambda _: at(place), b"hello")


def test_numbers_are_little_endian(memory: Memory) -> None:
    memory.write(8, bytes([1, 2, 0, 0]))
    assert read_u32(memory, 8) == 513


@given(st.binary())
def test_no_bytes_end_the_host(text: bytes) -> None:
    with suppress(BadAnswer):
        read_json(text)


@pytest.mark.parametrize("text", [b"[" * 200_000, b'{"a":' * 100_000, b"1" * 10_000])
def test_depth_and_length_end_it_neither(text: bytes) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_json(text)
    assert caught.value.reason == "bad_answer"
