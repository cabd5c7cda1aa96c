"""Where bodies end: the decoders against every way of cutting what arrives, and lengths against their grammar."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.http1.framing import (
    LAST_CHUNK,
    MAX_LENGTH,
    MORE,
    ChunkedDecoder,
    CloseDecoder,
    Decoder,
    FramingError,
    LengthDecoder,
    chunk,
    content_length,
    is_chunked,
    response_decoder,
)

TRAILER_BYTES = 1024
bodies = st.lists(st.binary(min_size=1, max_size=300), max_size=8)


def fed(decoder: Decoder, data: bytes, cuts: list[int]) -> tuple[bytes, bytes]:
    """Feed data cut at these places; return the body, and what lies behind the message."""
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    body = b""
    for start, end in pairwise(places):
        piece, at = decoder.decode(data[start:end])
        body += piece
        if at != MORE:
            return body, data[start + at :]
    return body, b"MORE"


@given(bodies, st.binary(max_size=50), st.lists(st.integers(0, 3000), max_size=10))
def test_what_was_chunked_is_read_back_however_it_is_cut(pieces: list[bytes], surplus: bytes, cuts: list[int]) -> None:
    data = b"".join(map(chunk, pieces)) + LAST_CHUNK
    body, rest = fed(ChunkedDecoder(TRAILER_BYTES), data + surplus, cuts)
    assert body == b"".join(pieces)
    assert (data + surplus).endswith(rest)
    assert surplus.startswith(rest) or rest == surplus


@given(st.binary(max_size=400), st.binary(max_size=50), st.lists(st.integers(0, 500), max_size=10))
def test_a_body_of_a_stated_length_ends_there_however_it_is_cut(body: bytes, surplus: bytes, cuts: list[int]) -> None:
    if not body:
        return
    read, rest = fed(LengthDecoder(len(body)), body + surplus, cuts)
    assert read == body
    assert (body + surplus).endswith(rest)


@given(bodies, st.integers(0, 3000))
def test_a_chunked_body_never_ends_before_its_last_byte(pieces: list[bytes], at: int) -> None:
    data = b"".join(map(chunk, pieces)) + LAST_CHUNK
    decoder = ChunkedDecoder(TRAILER_BYTES)
    _, end = decoder.decode(data[: min(at, len(data) - 1)])
    assert end == MORE
    assert not decoder.at_eof()


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=6))
def test_noise_is_judged_the_same_however_it_is_cut(noise: bytes, cuts: list[int]) -> None:
    def outcome(cuts: list[int]) -> tuple[str, bytes]:
        try:
            body, _ = fed(ChunkedDecoder(TRAILER_BYTES), noise, cuts)
        except FramingError:
            return "refused", b""
        return "read", body

    whole, cut = outcome([]), outcome(cuts)
    assert whole == cut or "refused" in (whole[0], cut[0])


@given(st.from_regex(rb"[0-9A-Fa-f]{1,4}(;[a-z]{0,9})?\n", fullmatch=True))
def test_a_bare_lf_never_ends_a_chunk_line(line: bytes) -> None:
    with pytest.raises(FramingError):
        ChunkedDecoder(TRAILER_BYTES).decode(line + b"hello\r\n0\r\n\r\n")


def test_trailers_are_bounded_over_all_their_lines() -> None:
    decoder = ChunkedDecoder(100)
    assert decoder.decode(b"0\r\n" + b"X: a\r\n" * 10) == (b"", MORE)
    with pytest.raises(FramingError) as caught:
        decoder.decode(b"X: a\r\n" * 10)
    assert caught.value.too_large


def test_a_body_that_ends_with_the_connection_takes_everything() -> None:
    decoder = CloseDecoder()
    assert decoder.decode(b"0\r\n\r\n") == (b"0\r\n\r\n", MORE)
    assert decoder.at_eof()


@given(st.integers(0, MAX_LENGTH))
def test_a_plain_length_is_read(length: int) -> None:
    assert content_length(b"%d" % length) == length


@given(st.binary(max_size=25).filter(lambda text: not text.isdigit()))
def test_a_length_that_is_not_all_digits_is_refused(text: bytes) -> None:
    with pytest.raises(FramingError):
        content_length(text)


@given(st.integers(MAX_LENGTH + 1, 2**200))
def test_a_length_of_2_to_the_63_or_more_is_refused(length: int) -> None:
    with pytest.raises(FramingError):
        content_length(b"%d" % length)


def test_only_chunked_is_chunked() -> None:
    assert is_chunked(b"chunked")
    for coding in (b"gzip, chunked", b"chunked, chunked", b"", b"identity", b"xchunked", b"chunked;a"):
        with pytest.raises(FramingError):
            is_chunked(coding)


@given(bodies, st.lists(st.integers(0, 3000), max_size=10), st.sampled_from([b"", b";a=b", b" ;c"]), st.booleans())
def test_extensions_and_trailers_change_no_body(
    pieces: list[bytes], cuts: list[int], extension: bytes, trailers: bool
) -> None:
    chunks = b"".join(b"%X%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces)
    data = chunks + b"000\r\n" + (b"X: a\r\nY:\r\n" if trailers else b"") + b"\r\n"
    assert fed(ChunkedDecoder(TRAILER_BYTES), data + b"next", cuts)[0] == b"".join(pieces)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=8))
def test_a_body_that_ends_with_the_connection_is_the_same_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    assert fed(CloseDecoder(), data, cuts) == (data, b"MORE")


@pytest.mark.parametrize(
    ("version", "length", "chunked", "kind"),
    [
        (11, 5, False, LengthDecoder),
        (11, None, True, ChunkedDecoder),
        (11, None, False, CloseDecoder),
        (10, 5, False, LengthDecoder),
        (10, None, False, CloseDecoder),
    ],
)
def test_a_response_ends_as_its_head_says(version: int, length: int | None, chunked: bool, kind: type) -> None:
    assert type(response_decoder(version, length, chunked=chunked, trailer_bytes=TRAILER_BYTES)) is kind


def test_an_http_1_0_response_is_not_chunked() -> None:
    with pytest.raises(FramingError):
        response_decoder(10, None, chunked=True, trailer_bytes=TRAILER_BYTES)


def test_a_stated_length_of_nothing_ends_at_once() -> None:
    assert LengthDecoder(0).decode(b"next") == (b"", 0)
