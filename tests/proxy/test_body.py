"""Streams between a connection and a coroutine: order, backpressure, endings."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit import soon
from kit.exchanges import Pieces

from proxy.body import HIGH_WATER_BYTES, StreamBody, collect
from proxy.errors import BodyTooLarge, ClientGone, ProxyError, UpstreamCut


class Source:
    """Keeps what a stream tells it."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pause_body(self) -> None:
        self.told.append("pause")

    def resume_body(self) -> None:
        self.told.append("resume")

    def abandon_body(self) -> None:
        self.told.append("abandon")


def stream(length: int | None = None) -> tuple[StreamBody, Source]:
    source = Source()
    return StreamBody(source, length), source


async def test_what_is_fed_is_read_and_the_end_is_empty() -> None:
    body, _ = stream()
    body.feed(b"a")
    assert body.ready
    assert await body.read() == b"a"
    assert not body.ready
    body.finish()
    assert await body.read() == b""
    assert await body.read() == b""
    assert body.ended


async def test_a_reader_waits_for_the_next_piece() -> None:
    body, _ = stream()
    reading = asyncio.create_task(body.read())
    await soon()
    assert not reading.done()
    body.feed(b"late")
    assert await reading == b"late"


async def test_a_reader_waits_for_the_end() -> None:
    body, _ = stream()
    reading = asyncio.create_task(body.read())
    await soon()
    body.finish()
    assert await reading == b""


async def test_pieces_that_wait_are_read_as_one() -> None:
    body, _ = stream()
    for piece in (b"a", b"b", b"c"):
        body.feed(piece)
    assert await body.read() == b"abc"


async def test_a_source_is_paused_above_the_mark_and_resumed_below() -> None:
    body, source = stream()
    body.feed(b"a" * HIGH_WATER_BYTES)
    assert source.told == []
    body.feed(b"b")
    body.feed(b"c")
    assert source.told == ["pause"]
    assert body.paused
    await body.read()
    assert source.told == ["pause", "resume"]
    assert not body.paused


@given(st.lists(st.one_of(st.integers(1, 2 * HIGH_WATER_BYTES), st.none()), max_size=30))
async def test_a_source_is_paused_exactly_while_too_much_waits(steps: list[int | None]) -> None:
    body, source = stream()
    waiting = 0
    for step in steps:
        if step is None:
            if waiting:
                waiting -= len(await body.read())
        else:
            body.feed(bytes(step))
            waiting += step
        assert body.paused == (waiting > HIGH_WATER_BYTES)
    assert source.told == ["pause", "resume"] * (len(source.told) // 2) + ["pause"] * (len(source.told) % 2)


async def test_pieces_before_a_failure_are_read_first() -> None:
    body, _ = stream()
    body.feed(b"half")
    body.fail(UpstreamCut())
    assert await body.read() == b"half"
    for _ in range(2):
        with pytest.raises(UpstreamCut):
            await body.read()
    assert body.broken


async def test_a_failure_reaches_a_reader_that_waits() -> None:
    body, _ = stream()
    reading = asyncio.create_task(body.read())
    await soon()
    body.fail(ClientGone())
    with pytest.raises(ClientGone):
        await reading


async def test_the_first_failure_is_the_one_that_counts() -> None:
    body, _ = stream()
    body.fail(UpstreamCut())
    body.fail(ClientGone())
    with pytest.raises(UpstreamCut):
        await body.read()


async def test_a_whole_body_cannot_fail_any_more() -> None:
    body, _ = stream()
    body.feed(b"whole")
    body.finish()
    body.fail(ClientGone())
    assert await collect(body, 10) == b"whole"


async def test_a_discarded_body_releases_its_source_at_once() -> None:
    body, source = stream()
    body.feed(b"a")
    body.discard()
    assert source.told == ["abandon"]
    assert not body.ready


@pytest.mark.parametrize("whole", [True, False])
async def test_there_is_nothing_to_release_after_the_end(whole: bool) -> None:
    body, source = stream()
    if whole:
        body.finish()
    else:
        body.fail(ProxyError())
    body.discard()
    assert source.told == []


async def test_a_reader_that_was_cancelled_leaves_the_stream_usable() -> None:
    body, _ = stream()
    reading = asyncio.create_task(body.read())
    await soon()
    reading.cancel()
    await asyncio.wait([reading])
    body.feed(b"still here")
    assert await body.read() == b"still here"


# Collecting.


@pytest.mark.parametrize("body", [None, b"", Pieces()])
async def test_no_body_is_collected_as_nothing(body: Pieces | bytes | None) -> None:
    assert await collect(body, 0) == b""


@pytest.mark.parametrize("body", [b"hello", Pieces(b"he", b"llo")])
async def test_a_body_as_large_as_the_cap_is_collected(body: Pieces | bytes) -> None:
    assert await collect(body, 5) == b"hello"


async def test_whole_bytes_over_the_cap_are_refused() -> None:
    with pytest.raises(BodyTooLarge):
        await collect(b"hello", 4)


async def test_a_stated_length_over_the_cap_is_refused_before_a_piece_is_read() -> None:
    body = Pieces(b"hello", length=5)
    with pytest.raises(BodyTooLarge):
        await collect(body, 4)
    assert await body.read() == b"hello"


async def test_a_stream_is_refused_at_the_first_piece_over_the_cap() -> None:
    body = Pieces(b"he", b"llo", b"unread")
    with pytest.raises(BodyTooLarge):
        await collect(body, 4)
    assert await body.read() == b"unread"
