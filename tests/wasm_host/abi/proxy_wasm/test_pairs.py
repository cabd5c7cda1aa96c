"""Serialised maps, both ways."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wasm_host.abi.proxy_wasm.pairs import MOST_BYTES, MOST_PAIRS, MalformedPairs, decode_pairs, encode_pairs

pairs = st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=20)), max_size=20)

A_1_B_22 = bytes.fromhex("02000000 01000000 01000000 01000000 02000000 6100 3100 6200 323200")


def test_a_map_is_written_as_the_abi_has_it() -> None:
    assert encode_pairs([(b"a", b"1"), (b"b", b"22")]) == A_1_B_22


def test_a_map_is_read_as_the_abi_has_it() -> None:
    assert decode_pairs(A_1_B_22) == [(b"a", b"1"), (b"b", b"22")]


@given(pairs)
@example([(b"", b"")])
@example([(b"nul\0inside", b"\0")])
def test_what_is_written_is_read_again(given_pairs: list[tuple[bytes, bytes]]) -> None:
    assert decode_pairs(encode_pairs(given_pairs)) == given_pairs


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0\0"])
def test_an_empty_map_has_three_spellings(data: bytes) -> None:
    assert decode_pairs(data) == []


def test_no_pairs_are_written_as_a_count_of_zero() -> None:
    assert encode_pairs([]) == b"\0\0\0\0"


@pytest.mark.parametrize("size", range(1, len(A_1_B_22)))
def test_a_map_that_is_cut_short_is_malformed(size: int) -> None:
    with pytest.raises(MalformedPairs):
        decode_pairs(A_1_B_22[:size])


def test_bytes_behind_a_map_are_malformed() -> None:
    with pytest.raises(MalformedPairs, match="1 bytes are left over"):
        decode_pairs(A_1_B_22 + b"x")


def test_a_text_without_its_nul_is_malformed() -> None:
    with pytest.raises(MalformedPairs, match="no NUL at byte 21"):
        decode_pairs(A_1_B_22[:21] + b"x" + A_1_B_22[22:])


def test_a_size_that_reaches_beyond_the_end_is_malformed() -> None:
    with pytest.raises(MalformedPairs):
        decode_pairs(b"\1\0\0\0\xff\xff\xff\xff\0\0\0\0a\0\0")


def test_as_many_pairs_as_envoy_takes_are_read() -> None:
    assert len(decode_pairs(encode_pairs([(b"a", b"b")] * MOST_PAIRS))) == MOST_PAIRS


def test_more_pairs_than_envoy_takes_are_malformed() -> None:
    with pytest.raises(MalformedPairs, match="1025 pairs"):
        decode_pairs(encode_pairs([(b"a", b"b")] * (MOST_PAIRS + 1)))


def test_a_count_that_no_memory_could_hold_is_refused_before_anything_is_read() -> None:
    with pytest.raises(MalformedPairs):
        decode_pairs(b"\xff\xff\xff\xff" + bytes(100))


def test_more_bytes_than_envoy_takes_are_malformed() -> None:
    with pytest.raises(MalformedPairs):
        decode_pairs(encode_pairs([(b"a", bytes(MOST_BYTES))]))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_map_or_malformed(data: bytes) -> None:
    try:
        found = decode_pairs(data)
    except MalformedPairs:
        return
    assert encode_pairs(found) == data or not found
