"""Rule text as bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from filters.waf.texts import encoded, lowered


@given(st.binary())
def test_bytes_come_back_as_they_were_read(data: bytes) -> None:
    assert encoded(data.decode("utf-8", "surrogateescape")) == data


def test_only_ascii_letters_are_lowered() -> None:
    assert lowered("AÉ") == "aÉ".encode()
