"""Bodies in a guest's hands, without a guest."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.exchanges import Pieces

from proxy.body import Body
from wasm_host.abi.http_wasm.bodies import Position, Rejoined, Upload, Written
from wasm_host.abi.http_wasm.misuse import Misuse
from wasm_host.limits import GuestLimits

pieces = st.lists(st.binary(min_size=1, max_size=20), max_size=8)
sizes = st.lists(st.integers(1, 30), max_size=12)


async def whole(body: Body | bytes | None) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    got = []
    while piece := await body.read():
        got.append(piece)
    return b"".join(got)


async def read(upload: Upload, size: int, *, keep: bool) -> tuple[bytes, bool]:
    if not upload.has(size, keep=keep):
        await upload.fetch(size, keep=keep)
    return upload.take(size, keep=keep)


@given(pieces, sizes, st.booleans())
def test_what_is_read_and_what_is_left_make_up_the_body(parts: list[bytes], reads: list[int], known: bool) -> None:
    async def story() -> None:
        body = b"".join(parts)
        upload = Upload(Pieces(*parts, length=len(body) if known else None), GuestLimits())
        got = b""
        for size in reads:
            piece, ended = await read(upload, size, keep=False)
            assert len(piece) == size or ended
            got += piece
        left = upload.release(keep=False)
        if isinstance(left, Rejoined) and known:
            assert left.length == len(body) - len(got)
        assert got + await whole(left) == body
        assert upload.lost_bytes == len(got)

    asyncio.run(story())


@given(pieces, sizes, st.booleans())
def test_what_is_kept_goes_on_whole(parts: list[bytes], reads: list[int], known: bool) -> None:
    async def story() -> None:
        body = b"".join(parts)
        upload = Upload(Pieces(*parts, length=len(body) if known else None), GuestLimits())
        got = b"".join([(await read(upload, size, keep=True))[0] for size in reads])
        assert body.startswith(got)
        left = upload.release(keep=True)
        if isinstance(left, Rejoined) and known:
            assert left.length == len(body)
        assert await whole(left) == body
        assert got + (await read(upload, 1000, keep=True))[0] == body, "a copy of the rest was kept"
        assert upload.lost_bytes == 0

    asyncio.run(story())


@given(pieces, sizes, st.integers(0, 60), st.sampled_from(["truncate", "skip"]))
def test_over_the_limit_the_guest_sees_less_and_the_upstream_all(
    parts: list[bytes], reads: list[int], limit: int, on_body_overflow: Any
) -> None:
    async def story() -> None:
        body = b"".join(parts)
        upload = Upload(Pieces(*parts), GuestLimits(body_bytes=limit, on_body_overflow=on_body_overflow))
        got = b"".join([(await read(upload, size, keep=True))[0] for size in reads])
        visible = body[:limit] if len(body) <= limit or on_body_overflow == "truncate" else b""
        assert visible.startswith(got)
        if sum(reads) >= len(visible) and reads:
            assert got == visible
        assert await whole(upload.release(keep=True)) == body

    asyncio.run(story())


def test_what_is_written_adds_up() -> None:
    written = Written(5)
    assert written.data is None
    written.append(b"")
    assert written.data == b""
    written.append(b"ab")
    written.append(b"cde")
    assert written.data == b"abcde"
    with pytest.raises(Misuse):
        written.append(b"f")


def test_bytes_are_taken_from_the_front() -> None:
    position = Position()
    assert position.take(b"hello", 2) == (b"he", False)
    assert position.take(b"hello", 3) == (b"llo", True)
    assert position.take(b"hello", 3) == (b"", True)


async def test_a_stream_with_bytes_before_it_can_be_given_up() -> None:
    rest = Pieces(b"rest")
    body = Rejoined(b"first", rest, 5)
    assert body.ready
    body.discard()
    assert await body.read() == b""
    assert await rest.read() == b""
