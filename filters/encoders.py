"""The content codings that `compress` offers, each behind the same three calls."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

import brotli  # type: ignore[import-untyped]
import zstandard

Coding = Literal["zstd", "br", "gzip"]

_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS  # zlib's manual: 16 more asks for gzip's framing
_BROTLI_WINDOW: Final = 19  # 512 KiB a stream in place of 4 MiB


class Encoder(NamedTuple):
    """One stream: `encode` may keep bytes back, `flush` gives them out, `finish` ends the stream."""

    encode: Callable[[bytes], bytes]
    flush: Callable[[], bytes]
    finish: Callable[[], bytes]


def make_encoder(coding: Coding, level: int) -> Encoder:
    return _MAKERS[coding](level)


def _gzip(level: int) -> Encoder:
    stream = zlib.compressobj(level, zlib.DEFLATED, _GZIP_WINDOW)
    return Encoder(stream.compress, lambda: stream.flush(zlib.Z_SYNC_FLUSH), stream.flush)


def _brotli(level: int) -> Encoder:
    stream = brotli.Compressor(quality=level, lgwin=_BROTLI_WINDOW)
    return Encoder(stream.process, stream.flush, stream.finish)


def _zstd(level: int) -> Encoder:
    """Make a stream whose window is within the 8 MiB of RFC 9659 §3, as it is up to level 19."""
    stream = zstandard.ZstdCompressor(level=level).compressobj()
    return Encoder(stream.compress, lambda: stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK), stream.flush)


_MAKERS: Final[dict[Coding, Callable[[int], Encoder]]] = {"gzip": _gzip, "br": _brotli, "zstd": _zstd}
