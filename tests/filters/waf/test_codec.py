"""Parts of a binary layout."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.waf.codec import BYTE, TEXT, VARINT, As, BlobError, Bytes, Codec, Counted, Record, Tagged


class Colour(IntEnum):
    RED = 0
    BLUE = 2


@dataclass(frozen=True)
class Point:
    x: int
    y: int


@dataclass(frozen=True)
class Name:
    text: bytes


POINT: Codec[Point] = Record(Point, y=BYTE, x=VARINT)
EITHER: Codec[Any] = Tagged([(Point, POINT), (Name, Record(Name, text=TEXT))])


def written(codec: Codec[Any], value: object) -> bytes:
    out = bytearray()
    codec.write(value, out)
    return bytes(out)


def read(codec: Codec[Any], data: bytes) -> object:
    source = Bytes(data)
    value = codec.read(source)
    source.end()
    return value


@pytest.mark.parametrize(
    ("codec", "value", "data"),
    [
        (BYTE, 200, b"\xc8"),
        (VARINT, 0, b"\x00"),
        (VARINT, 127, b"\x7f"),
        (VARINT, 128, b"\x80\x01"),
        (VARINT, 300, b"\xac\x02"),
        (TEXT, b"ab", b"\x02ab"),
        (Counted(BYTE), (1, 2), b"\x02\x01\x02"),
        (As(Colour, BYTE), Colour.BLUE, b"\x02"),
        (As(bool, BYTE), True, b"\x01"),
        (POINT, Point(300, 1), b"\x01\xac\x02"),
        (EITHER, Name(b"a"), b"\x01\x01a"),
    ],
)
def test_a_value_is_laid_out_so_and_read_back(codec: Codec[Any], value: object, data: bytes) -> None:
    assert written(codec, value) == data
    assert read(codec, data) == value


@given(st.integers(0, 2**63))
def test_any_number_comes_back(number: int) -> None:
    assert read(VARINT, written(VARINT, number)) == number


@pytest.mark.parametrize(
    ("codec", "data"),
    [
        (BYTE, b""),
        (VARINT, b"\x80"),
        (VARINT, b"\x80" * 11),
        (TEXT, b"\x02a"),
        (Counted(BYTE), b"\x02\x01"),
        (As(Colour, BYTE), b"\x01"),
        (EITHER, b"\x02"),
        (BYTE, b"\x01\x01"),
    ],
)
def test_bytes_that_are_no_value_are_told(codec: Codec[Any], data: bytes) -> None:
    with pytest.raises(BlobError):
        read(codec, data)
