"""How values are written for guests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasm_host.abi.proxy_wasm.property_encoding import int64, nanoseconds, place, text, under


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_number_is_8_bytes_little_endian(number: int) -> None:
    assert int64(number) == number.to_bytes(8, "little", signed=True)


def test_times_are_whole_nanoseconds() -> None:
    assert nanoseconds(1.5) == int64(1_500_000_000)


@pytest.mark.parametrize(("value", "written"), [("a", b"a"), ("é", b"\xe9"), ("€", b"?")])
def test_text_is_a_byte_for_each_character(value: str, written: bytes) -> None:
    assert text(value) == written


@pytest.mark.parametrize(("address", "written"), [("192.0.2.1", b"192.0.2.1:80"), ("::1", b"[::1]:80")])
def test_a_place_is_its_address_and_port(address: str, written: bytes) -> None:
    assert place(address, 80) == written


def test_segments_are_joined_by_nul() -> None:
    assert list(under("request", {"path": lambda view: b""})) == [b"request\0path"]
