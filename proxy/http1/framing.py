"""Where a message's body ends (RFC 9112 §6): pure decisions and incremental decoders.

A decoder is given what arrived and answers (body bytes in it, where the message ended). The end is an offset into
what was given, or MORE. What lies behind the end belongs to the next message, or to nobody.
"""

from __future__ import annotations

import re
from typing import Final, Protocol

MORE: Final = -1
MAX_LENGTH: Final = (1 << 63) - 1
MAX_CHUNK_LINE_BYTES: Final = 256
"""A chunk size with its extensions, which nobody uses but those who look for parsers that disagree."""


class FramingError(ValueError):
    """The framing is malformed or ambiguous; `too_large` when it is merely over a limit."""

    def __init__(self, message: str, *, too_large: bool = False) -> None:
        super().__init__(message)
        self.too_large = too_large


class Decoder(Protocol):
    def decode(self, data: bytes) -> tuple[bytes, int]:
        """Return the body bytes in `data` and the offset behind the message's last byte, or MORE."""

    def at_eof(self) -> bool:
        """Tell whether the sender may end the connection here without cutting the body."""


def content_length(value: bytes) -> int:
    """Read a Content-Length; a list, even of equal numbers, is refused (RFC 9112 §6.3 allows that)."""
    # isdigit() is ASCII-only for bytes; 19 digits hold 2^63 - 1.
    if not value.isdigit() or len(value) > 19 or int(value) > MAX_LENGTH:
        raise FramingError("Content-Length is not a plain decimal number below 2^63")
    return int(value)


def is_chunked(value: bytes) -> bool:
    """Read a Transfer-Encoding: chunked, and nothing else."""
    if value.lower() != b"chunked":
        raise FramingError("Transfer-Encoding other than exactly chunked")
    return True


class LengthDecoder:
    """A body of a stated length."""

    __slots__ = ("_left",)

    def __init__(self, length: int) -> None:
        self._left = length

    def decode(self, data: bytes) -> tuple[bytes, int]:
        left = self._left
        if len(data) < left:
            self._left = left - len(data)
            return data, MORE
        self._left = 0
        return (data if len(data) == left else data[:left]), left

    def at_eof(self) -> bool:
        return self._left == 0


class CloseDecoder:
    """A response body that ends with the connection (RFC 9112 §6.3, item 8)."""

    __slots__ = ()

    def decode(self, data: bytes) -> tuple[bytes, int]:
        return data, MORE

    def at_eof(self) -> bool:
        return True


_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n")
_UNFINISHED_CHUNK_LINE = re.compile(rb"[0-9A-Fa-f]{0,16}(?:(?<=[0-9A-Fa-f])[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?)?\r?\Z")
_TRAILER_LINE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n")


class ChunkedDecoder:
    """The chunked coding (RFC 9112 §7.1), strictly; trailers are bounded, checked and discarded."""

    __slots__ = ("_after_data", "_held", "_in_trailers", "_left", "_trailer_bytes_left")

    def __init__(self, trailer_bytes: int) -> None:
        self._held = b""
        self._left = 0
        self._after_data = False
        self._in_trailers = False
        self._trailer_bytes_left = trailer_bytes

    def at_eof(self) -> bool:
        return False

    def decode(self, data: bytes) -> tuple[bytes, int]:
        held = len(self._held)
        if held:
            data = self._held + data
            self._held = b""
        pieces: list[bytes] = []
        end = self._walk(data, pieces)
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return body, (end if end == MORE else end - held)

    def _walk(self, data: bytes, pieces: list[bytes]) -> int:
        at, size = 0, len(data)
        while not self._in_trailers:
            if self._left:
                piece = data[at : at + self._left]
                if not piece:
                    return MORE
                pieces.append(piece)
                at += len(piece)
                self._left -= len(piece)
                if self._left:
                    return MORE
                self._after_data = True
            if self._after_data:
                if size - at < 2:
                    return self._hold(data, at, b"\r\n")
                if data[at : at + 2] != b"\r\n":
                    raise FramingError("chunk data is not followed by CRLF")
                at += 2
                self._after_data = False
            line = _CHUNK_LINE.match(data, at)
            if line is None:
                return self._unfinished_chunk_line(data, at)
            if line.end() - at > MAX_CHUNK_LINE_BYTES:
                raise FramingError("chunk size line too long")
            at = line.end()
            self._left = int(line[1], 16)
            if self._left > MAX_LENGTH:
                raise FramingError("chunk size of 2^63 or more")
            self._in_trailers = self._left == 0
        return self._trailers(data, at)

    def _hold(self, data: bytes, at: int, expected: bytes) -> int:
        self._held = data[at:]
        if not expected.startswith(self._held):
            raise FramingError("chunk data is not followed by CRLF")
        return MORE

    def _unfinished_chunk_line(self, data: bytes, at: int) -> int:
        held = data[at : at + MAX_CHUNK_LINE_BYTES + 1]
        if len(held) > MAX_CHUNK_LINE_BYTES or not _UNFINISHED_CHUNK_LINE.match(held):
            raise FramingError("malformed chunk size line")
        self._held = held
        return MORE

    def _trailers(self, data: bytes, at: int) -> int:
        while True:
            end = data.find(b"\n", at) + 1
            if end == 0:
                if len(data) - at > self._trailer_bytes_left:
                    raise FramingError("trailers over the limit", too_large=True)
                self._held = data[at:]
                return MORE
            if data[at:end] == b"\r\n":
                return end
            self._trailer_bytes_left -= end - at
            if self._trailer_bytes_left < 0:
                raise FramingError("trailers over the limit", too_large=True)
            if not _TRAILER_LINE.fullmatch(data, at, end):
                raise FramingError("malformed trailer line")
            at = end


def response_decoder(version: int, length: int | None, *, chunked: bool, trailer_bytes: int) -> Decoder:
    """Choose how a response's body ends (RFC 9112 §6.3, items 3 to 8); raises FramingError."""
    if chunked:
        if version == 10:
            raise FramingError("Transfer-Encoding in HTTP/1.0")
        return ChunkedDecoder(trailer_bytes)
    return CloseDecoder() if length is None else LengthDecoder(length)


def chunk(piece: bytes) -> bytes:
    """Wrap a non-empty piece as one chunk."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


LAST_CHUNK: Final = b"0\r\n\r\n"


BODYLESS: Final = frozenset({204, 304, *range(100, 200)})
"""Responses with these end with their head, whatever their fields say, as those to HEAD do (RFC 9112 §6.3, item 1)."""
