"""Frames are written as RFC 6455 has them."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.load import frames


def test_the_answer_to_a_key_is_that_of_the_rfc():
    assert frames.accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_a_servers_text_is_as_in_the_rfc():
    assert frames.frame(frames.TEXT, b"Hello", masked=False) == bytes.fromhex("810548656c6c6f")


def test_a_mask_is_applied_as_in_the_rfc():
    assert frames.mask(b"Hello", bytes.fromhex("37fa213d")) == bytes.fromhex("7f9f4d5158")


async def read(data: bytes) -> tuple[int, bytes]:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return await frames.read_frame(reader)


@given(st.binary(max_size=1000), st.booleans())
def test_what_is_written_is_read(payload: bytes, masked: bool):
    assert asyncio.run(read(frames.frame(frames.TEXT, payload, masked=masked))) == (frames.TEXT, payload)


async def test_half_a_frame_is_none():
    with pytest.raises(EOFError):
        await read(frames.frame(frames.TEXT, b"Hello", masked=True)[:-1])
