"""The content codings."""

import zlib
from collections.abc import Callable
from typing import Any, get_args

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from filters.encoders import Coding, make_encoder

CODINGS = get_args(Coding)


def decoder(coding: Coding) -> Callable[[bytes], bytes]:
    """Return a streaming decoder, which gives out all that it can at each call."""
    if coding == "gzip":
        return zlib.decompressobj(31).decompress
    if coding == "br":
        process: Any = brotli.Decompressor().process
        return process
    return zstandard.ZstdDecompressor().decompressobj().decompress


@pytest.mark.parametrize("coding", CODINGS)
@given(st.lists(st.binary(max_size=2000), max_size=5))
def test_pieces_come_back_whole(coding: Coding, pieces: list[bytes]) -> None:
    encoder, decode = make_encoder(coding, 3), decoder(coding)
    encoded = [encoder.encode(piece) for piece in pieces] + [encoder.finish()]
    assert b"".join(decode(each) for each in encoded if each) == b"".join(pieces)


@pytest.mark.parametrize("coding", CODINGS)
def test_flush_gives_out_all_there_is(coding: Coding) -> None:
    encoder, decode = make_encoder(coding, 3), decoder(coding)
    for event in (b"data: one\n\n", b"data: two\n\n"):
        assert decode(encoder.encode(event) + encoder.flush()) == event


def test_the_window_of_zstd_is_one_that_browsers_take() -> None:
    encoder = make_encoder("zstd", 19)
    frame = encoder.encode(b"x" * 100) + encoder.finish()
    assert zstandard.get_frame_parameters(frame).window_size <= 8 * 1024 * 1024
