"""Sums of decimal texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.stores.integers import LEAST, MOST, added

NUMBERS = st.integers(LEAST, MOST)


@given(NUMBERS, NUMBERS)
def test_a_sum_is_exact_or_refused(stored: int, by: int) -> None:
    if LEAST <= stored + by <= MOST:
        assert added(b"%d" % stored, by) == stored + by
    else:
        with pytest.raises(HostcallFailed):
            added(b"%d" % stored, by)


def test_what_is_not_there_counts_as_nothing() -> None:
    assert added(None, -7) == -7


@pytest.mark.parametrize("text", [b"", b"-", b"-0", b"+1", b"01", b" 1", b"1 ", b"1\n", b"1.0", b"1e3", b"\xd9\xa1"])
def test_what_redis_takes_for_no_number_is_none(text: bytes) -> None:
    with pytest.raises(HostcallFailed) as refused:
        added(text, 1)
    assert refused.value.reason == "invalid"


@pytest.mark.parametrize("number", [MOST + 1, LEAST - 1, 10**18 * 99])
def test_a_stored_number_of_more_than_64_bits_is_none(number: int) -> None:
    with pytest.raises(HostcallFailed):
        added(b"%d" % number, 0)
