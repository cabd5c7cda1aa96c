"""A body on its way into the cache, and past it to its readers."""

from __future__ import annotations

from typing import Any

import pytest

from proxy.body import HIGH_WATER_BYTES, StreamBody
from proxy.cache.fill import READ_BYTES, Budget, Fill, FillReader, Slice
from proxy.errors import ProxyError, UpstreamCut
from proxy.runtime import Strand

KIB = 1024
PLENTY = 1024 * KIB


class Origin:
    """What feeds the body: `body` is in a test's hand, the rest is what the stream asked for."""

    def __init__(self, length: int | None = None) -> None:
        self.body = StreamBody(self, length)
        self.paused = self.abandoned = False

    def pause_body(self) -> None:
        self.paused = True

    def resume_body(self) -> None:
        self.paused = False

    def abandon_body(self) -> None:
        self.abandoned = True


class Sink:
    def __init__(self) -> None:
        self.fed: list[bytes] = []
        self.aborted = False

    def feed(self, piece: bytes) -> None:
        self.fed.append(piece)

    def abort(self) -> None:
        self.aborted = True


class Case:
    """A fill, and what it came to: `whole` is the body to be stored, `lost` counts how often it was given up."""

    def __init__(self, *, length: int | None = None, limit: int = PLENTY, budget: int = PLENTY) -> None:
        self.origin, self.sink, self.budget = Origin(length), Sink(), Budget(budget)
        self.whole: bytes | None = None
        self.lost = 0
        self.fill = Fill(
            self.origin.body,
            limit_bytes=limit,
            budget=self.budget,
            sink=self.sink,
            on_whole=self._on_whole,
            on_lost=self._on_lost,
        )

    def _on_whole(self, body: bytes) -> None:
        self.whole = body

    def _on_lost(self) -> None:
        self.lost += 1

    def feed(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.origin.body.feed(piece)

    def end(self) -> None:
        self.origin.body.finish()

    def cut(self) -> None:
        self.origin.body.fail(UpstreamCut("cut"))


class Reader:
    """Reads as it is told: `read` begins to wait for one piece, `follow` for all."""

    def __init__(self, body: Any) -> None:
        self.body = body
        self.pieces: list[bytes] = []
        self.ended = False
        self.error: ProxyError | None = None

    @property
    def got(self) -> bytes:
        return b"".join(self.pieces)

    def read(self) -> None:
        Strand(self._read(1)).step()

    def follow(self) -> Reader:
        Strand(self._read(-1)).step()
        return self

    async def _read(self, count: int) -> None:
        try:
            while count and not self.ended:
                piece = await self.body.read()
                self.pieces.append(piece)
                self.ended, count = not piece, count - 1
        except ProxyError as error:
            self.error = error


def test_a_whole_body_is_stored_and_read_along() -> None:
    case = Case()
    reader = Reader(case.fill.reader()).follow()
    case.fill.start()
    case.feed(b"one", b"two")
    assert (reader.got, case.whole) == (b"onetwo", None)
    case.end()
    assert (case.whole, reader.ended, case.lost) == (b"onetwo", True, 0)
    assert (case.sink.fed, case.sink.aborted) == ([b"one", b"two"], False)
    assert case.budget.left_bytes == PLENTY


def test_a_body_that_is_there_already_is_read_at_once() -> None:
    case = Case(length=3)
    case.feed(b"one")
    case.end()
    case.fill.start()
    assert case.whole == b"one"
    assert case.fill.whole
    assert Reader(case.fill.reader()).follow().got == b"one"


def test_readers_get_all_whenever_they_come() -> None:
    case = Case()
    case.fill.start()
    readers = []
    for piece in (b"a", b"b", b"c"):
        readers.append(Reader(case.fill.reader()).follow())
        case.feed(piece)
    case.end()
    readers.append(Reader(case.fill.reader()).follow())
    assert [reader.got for reader in readers] == [b"abc"] * 4


def test_nobody_has_to_read_what_is_stored() -> None:
    case = Case()
    case.fill.start()
    case.feed(b"x" * HIGH_WATER_BYTES, b"x" * HIGH_WATER_BYTES)
    case.end()
    assert case.whole is not None
    assert not case.origin.paused


def test_a_reader_that_leaves_does_not_end_it() -> None:
    case = Case()
    case.fill.start()
    reader = case.fill.reader()
    case.feed(b"one")
    reader.discard()
    case.feed(b"two")
    case.end()
    assert case.whole == b"onetwo"


def test_a_late_reader_takes_much_at_once_but_not_all() -> None:
    case = Case()
    case.fill.start()
    for _ in range(10):
        case.feed(b"x" * 64 * KIB)
    reader = Reader(case.fill.reader())
    reader.read()
    assert len(reader.got) == READ_BYTES


def test_it_tells_whether_a_piece_can_be_read_at_once() -> None:
    case = Case()
    case.fill.start()
    body = case.fill.reader()
    assert not body.ready
    case.feed(b"one")
    assert body.ready


# What breaks.


def test_readers_get_what_came_before_the_error() -> None:
    case = Case()
    case.fill.start()
    early, late = Reader(case.fill.reader()).follow(), Reader(case.fill.reader())
    case.feed(b"one")
    case.feed(b"two")
    case.cut()
    late.follow()
    for reader in (early, late):
        assert reader.got == b"onetwo"
        assert isinstance(reader.error, UpstreamCut)
    assert (case.whole, case.lost, case.sink.aborted) == (None, 1, True)
    assert case.budget.left_bytes == PLENTY


@pytest.mark.parametrize("piece", [b"short", b"too long!"])
def test_a_body_of_another_length_than_announced_is_not_stored(piece: bytes) -> None:
    case = Case(length=7)
    case.fill.start()
    reader = Reader(case.fill.reader()).follow()
    case.feed(piece)
    case.end()
    assert (case.whole, case.lost) == (None, 1)
    assert isinstance(reader.error, UpstreamCut)


def test_what_no_error_of_ours_breaks_is_told_to_readers_too(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        length = None
        ready = False

        async def read(self) -> bytes:
            raise ValueError("a filter's")

        def discard(self) -> None: ...

    lost = []
    fill = Fill(
        Broken(),
        limit_bytes=PLENTY,
        budget=Budget(PLENTY),
        sink=None,
        on_whole=lambda _: None,
        on_lost=lambda: lost.append(True),
    )
    reader = Reader(fill.reader()).follow()
    fill.start()
    assert isinstance(reader.error, UpstreamCut)
    assert lost == [True]
    assert "failed" in caplog.text


# What outgrows its bounds.


def test_a_body_over_the_limit_goes_on_as_a_stream() -> None:
    case = Case(limit=10)
    reader = Reader(case.fill.reader()).follow()
    case.fill.start()
    case.feed(b"x" * 8, b"y" * 8)
    assert (case.fill.storing, case.lost, case.sink.aborted) == (False, 1, True)
    case.feed(b"z" * 8)
    case.end()
    assert reader.got == b"x" * 8 + b"y" * 8 + b"z" * 8
    assert (reader.ended, case.whole, case.lost) == (True, None, 1)
    assert case.budget.left_bytes == PLENTY


def test_a_body_that_is_over_the_limit_at_once_is_read_by_who_was_there_first() -> None:
    case = Case(limit=10)
    case.feed(b"x" * 100)
    reader = Reader(case.fill.reader())
    case.fill.start()
    case.feed(b"y")
    case.end()
    assert reader.follow().got == b"x" * 100 + b"y"


def test_a_body_beyond_the_budget_goes_on_as_a_stream() -> None:
    case = Case(budget=10)
    reader = Reader(case.fill.reader()).follow()
    case.fill.start()
    case.feed(b"x" * 8)
    assert case.budget.left_bytes == 2
    case.feed(b"y" * 8)
    assert (case.fill.storing, case.budget.left_bytes) == (False, 10)
    case.end()
    assert reader.got == b"x" * 8 + b"y" * 8


def test_a_stream_goes_at_the_pace_of_its_slowest_reader() -> None:
    case = Case(limit=1)
    fast, slow = Reader(case.fill.reader()).follow(), Reader(case.fill.reader())
    case.fill.start()
    for _ in range(8):
        case.feed(b"x" * 32 * KIB)
    assert case.origin.paused
    assert len(fast.got) < 8 * 32 * KIB
    slow.follow()
    case.end()
    assert len(fast.got) == len(slow.got) == 8 * 32 * KIB
    assert fast.ended
    assert slow.ended
    assert not case.origin.paused


def test_a_slow_reader_that_leaves_holds_nobody_up() -> None:
    case = Case(limit=1)
    fast, slow = Reader(case.fill.reader()).follow(), case.fill.reader()
    case.fill.start()
    for _ in range(8):
        case.feed(b"x" * 32 * KIB)
    slow.discard()
    case.end()
    assert (len(fast.got), fast.ended) == (8 * 32 * KIB, True)


def test_a_stream_that_nobody_reads_any_more_frees_the_origin_at_once() -> None:
    case = Case(limit=1)
    one, other = case.fill.reader(), case.fill.reader()
    case.fill.start()
    case.feed(b"xx")
    one.discard()
    assert not case.origin.abandoned
    other.discard()
    assert case.origin.abandoned


def test_a_stream_that_nobody_ever_read_frees_the_origin() -> None:
    case = Case(limit=1)
    case.fill.start()
    case.feed(b"xx")
    assert case.origin.abandoned


def test_a_reader_may_leave_while_it_is_given_a_piece() -> None:
    case = Case(limit=1)
    body = case.fill.reader()

    async def read_one_and_leave() -> None:
        await body.read()
        body.discard()

    Strand(read_one_and_leave()).step()
    case.fill.start()
    case.feed(b"xx")
    assert case.origin.abandoned


def test_an_outgrown_body_that_breaks_tells_its_readers() -> None:
    case = Case(limit=1)
    reader = Reader(case.fill.reader()).follow()
    case.fill.start()
    case.feed(b"xx")
    case.cut()
    assert (reader.got, case.lost) == (b"xx", 1)
    assert isinstance(reader.error, UpstreamCut)


def test_what_was_not_dropped_yet_is_whole_for_who_comes_after_the_end() -> None:
    case = Case(limit=3)
    slow = case.fill.reader()
    case.fill.start()
    case.feed(b"on", b"ne")
    case.end()
    assert (case.fill.storing, case.fill.whole) == (False, True)
    assert Reader(case.fill.reader()).follow().got == b"onne"
    Reader(slow).follow()
    assert not case.fill.whole


# A part of it.


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, 11), (2, 6), (4, 4), (11, 11)])
def test_a_slice_is_the_bytes_from_first_to_last(first: int, last: int) -> None:
    case = Case(length=12)
    part = Slice(case.fill.reader(), first, last)
    reader = Reader(part).follow()
    case.fill.start()
    case.feed(b"abcd", b"efgh", b"ijkl")
    case.end()
    assert reader.got == b"abcdefghijkl"[first : last + 1]
    assert (reader.ended, part.length) == (True, last - first + 1)
    assert case.whole == b"abcdefghijkl"


def test_a_slice_ends_with_a_body_that_is_too_short() -> None:
    case = Case()
    reader = Reader(Slice(case.fill.reader(), 2, 9)).follow()
    case.fill.start()
    case.feed(b"abcd")
    case.end()
    assert (reader.got, reader.ended) == (b"cd", True)


def test_a_slice_that_is_given_up_gives_up_its_stream() -> None:
    case = Case(limit=1)
    part = Slice(case.fill.reader(), 0, 0)
    case.fill.start()
    case.feed(b"xx")
    part.discard()
    assert case.origin.abandoned


def test_a_reader_knows_the_length_that_was_announced() -> None:
    assert FillReader(Case(length=7).fill).length == 7
