"""What is read of a guest: bounded before it is read, and text where text is wanted."""

from __future__ import annotations

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.exchanges import make_exchange

from proxy.metrics import Cell
from wasm_host.abi.edge.reading import data, number_bytes, signed, text, word
from wasm_host.functions.call import Call
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.lines import FunctionLines
from wasm_host.functions.settings import FunctionSettings
from wasm_host.memory import Memory, OutOfBounds

_ROOM = ctypes.create_string_buffer(b"\0nine char\xff", 64)


def call() -> Call:
    settings = FunctionSettings("hello", "v1")
    made = Call(make_exchange(), settings, FunctionLines(settings, Cell(()), lambda _: None), 0.0)
    made.memory = Memory(lambda: (ctypes.addressof(_ROOM), 64))
    return made


def test_bytes_are_read_wherever_they_lie() -> None:
    assert data(call(), 1, 9, 9, "a value") == b"nine char"
    assert data(call(), 0, 1, 9, "a value") == b"\0"
    assert data(call(), 64, 0, 9, "a value") == b""


def test_what_is_too_long_is_refused_before_its_place_is_looked_at() -> None:
    with pytest.raises(HostcallFailed, match="a value of 10 bytes; 9 is the most") as caught:
        data(call(), 2**32 - 1, 10, 9, "a value")
    assert caught.value.reason == "too_large"


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_no_place_outside_is_read(at: int, size: int) -> None:
    if at + size <= 64:
        assert len(data(call(), at, size, 2**32, "a value")) == size
    else:
        with pytest.raises(OutOfBounds):
            data(call(), at, size, 2**32, "a value")


@pytest.mark.parametrize(("at", "size"), [(0, 9), (1, 0), (0, 0)])
def test_a_word_is_neither_empty_nor_at_the_null_pointer(at: int, size: int) -> None:
    with pytest.raises(HostcallFailed, match="no key"):
        word(call(), at, size, 9, "key")


def test_text_is_utf_8() -> None:
    assert text(call(), 1, 9, 9, "a name") == "nine char"
    with pytest.raises(HostcallFailed, match="a name that is not UTF-8") as caught:
        text(call(), 1, 10, 10, "a name")
    assert caught.value.reason == "invalid"


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_number_of_64_bits_comes_and_goes_as_it_is(number: int) -> None:
    assert signed(number % 2**64) == number
    assert int.from_bytes(number_bytes(number), "little", signed=True) == number
