"""A request's body against the clock: who is waited for, and for how long."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit import FakeClock, soon

from proxy.body import HIGH_WATER_BYTES, collect
from proxy.errors import BadRequest, BodyTooLarge, RequestTimeout
from proxy.http1.framing import ChunkedDecoder, LengthDecoder, chunk
from proxy.http1.request_body import RequestBody
from proxy.limits import Limits
from proxy.runtime import NEVER, Sweeper


class Source:
    def __init__(self) -> None:
        self.told: list[str] = []

    def pause_body(self) -> None:
        self.told.append("pause")

    def resume_body(self) -> None:
        self.told.append("resume")

    def abandon_body(self) -> None:
        self.told.append("abandon")


class Watch(Sweeper):
    """Sweeps only when told."""

    def _schedule(self) -> None:
        pass

    def sweep(self, now: float) -> None:
        for timed in [each for each in self._watched if each.deadline <= now]:
            timed.on_deadline(now)


class Case:
    """A chunked body whose client and reader the test plays."""

    def __init__(self, clock: FakeClock, length: int | None = None, **limits: float) -> None:
        self.clock, self.source, self.watch = clock, Source(), Watch()
        decoder = ChunkedDecoder(100) if length is None else LengthDecoder(length)
        self.body = RequestBody(self.source, length, decoder, Limits(**limits), self.watch)  # type: ignore[arg-type]
        self.reading: asyncio.Task[bytes] | None = None

    async def read(self) -> None:
        """Begin to read."""
        self.reading = asyncio.create_task(self.body.read())
        await soon()

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.watch.sweep(self.clock.now)
        await soon()

    async def outcome(self) -> bytes | str | None:
        """Return what the reader got, the reason why it got nothing, None while it waits."""
        if self.reading is None or not self.reading.done():
            return None
        try:
            return self.reading.result()
        except (RequestTimeout, BadRequest, BodyTooLarge) as error:
            return error.reason


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    with FakeClock() as fake:
        yield fake


# The idle time.


async def test_a_client_that_says_nothing_for_too_long_is_given_up(clock: FakeClock) -> None:
    case = Case(clock, body_idle_timeout_s=5, body_min_rate=0)
    await case.read()
    await case.pass_time(4.9)
    assert await case.outcome() is None
    await case.pass_time(0.2)
    assert await case.outcome() == "body_idle"
    assert case.source.told == ["abandon"]
    assert case.body.deadline == NEVER


@pytest.mark.parametrize("rate", [0, 1])
async def test_a_word_from_the_client_starts_its_time_again(clock: FakeClock, rate: int) -> None:
    case = Case(clock, body_idle_timeout_s=5, body_min_rate=rate, body_min_rate_window_s=100)
    for _ in range(5):
        await case.read()
        await case.pass_time(4)
        case.body.take(chunk(b"a"))
        await soon()
        assert await case.outcome() == b"a"


@pytest.mark.parametrize("rate", [0, 1])
async def test_half_a_chunks_size_puts_the_end_off_but_not_for_ever(clock: FakeClock, rate: int) -> None:
    case = Case(clock, body_idle_timeout_s=5, body_min_rate=rate, body_min_rate_window_s=100)
    await case.read()
    await case.pass_time(4)
    case.body.take(b"5")
    await case.pass_time(4)
    assert await case.outcome() is None
    await case.pass_time(1.1)
    assert await case.outcome() == "body_idle"


async def test_time_does_not_count_before_anybody_reads(clock: FakeClock) -> None:
    case = Case(clock, body_idle_timeout_s=5)
    await case.pass_time(1000)
    case.body.take(b"")
    await case.pass_time(1000)
    assert not case.body.broken


async def test_time_does_not_count_while_the_reader_is_the_slower_one(clock: FakeClock) -> None:
    case = Case(clock, body_idle_timeout_s=5)
    await case.read()
    case.body.take(chunk(b"a" * (HIGH_WATER_BYTES + 1)))
    case.body.take(chunk(b"b" * (HIGH_WATER_BYTES + 1)))
    assert case.source.told[0] == "pause"
    await case.pass_time(1000)
    assert not case.body.broken


async def test_time_counts_again_once_the_reader_waits_again(clock: FakeClock) -> None:
    case = Case(clock, body_idle_timeout_s=5)
    case.body.take(chunk(b"a" * (HIGH_WATER_BYTES + 1)))
    await case.pass_time(1000)
    await case.read()
    assert len(await case.outcome() or b"") == HIGH_WATER_BYTES + 1
    assert case.source.told == ["pause", "resume"]
    await case.read()
    await case.pass_time(5.1)
    assert await case.outcome() == "body_idle"


async def test_nothing_is_watched_after_the_end(clock: FakeClock) -> None:
    case = Case(clock, length=5, body_idle_timeout_s=5)
    await case.read()
    assert case.body.take(b"hello") == b""
    await case.pass_time(1000)
    assert await case.outcome() == b"hello"
    assert case.body.ended
    assert not case.watch._watched


async def test_nothing_is_watched_once_nobody_will_read_on(clock: FakeClock) -> None:
    case = Case(clock, body_idle_timeout_s=5)
    await case.read()
    case.body.stop()
    await case.pass_time(1000)
    assert not case.body.broken


# The minimum rate.


def paced(clock: FakeClock) -> Case:
    return Case(clock, body_idle_timeout_s=60, body_min_rate=10, body_min_rate_window_s=10)


async def send_each_second(case: Case, size: int, seconds: int) -> None:
    for _ in range(seconds):
        if case.reading is None or case.reading.done():
            await case.read()
        await case.pass_time(1)
        case.body.take(chunk(b"a" * size))
        await soon()


async def test_a_client_below_the_rate_is_given_up_at_the_windows_end(clock: FakeClock) -> None:
    case = paced(clock)
    await send_each_second(case, 9, 9)
    assert not case.body.broken
    await case.read()
    await case.pass_time(1)
    assert await case.outcome() == "body_min_rate"


async def test_a_client_at_the_rate_goes_on_from_window_to_window(clock: FakeClock) -> None:
    case = paced(clock)
    await send_each_second(case, 12, 45)
    assert not case.body.broken


async def test_each_window_is_judged_by_itself(clock: FakeClock) -> None:
    case = paced(clock)
    await send_each_second(case, 1000, 9)
    await send_each_second(case, 1, 14)
    assert case.body.broken


async def test_a_rate_of_zero_judges_nobody(clock: FakeClock) -> None:
    case = Case(clock, body_idle_timeout_s=60, body_min_rate=0)
    await send_each_second(case, 1, 100)
    assert not case.body.broken


async def test_framing_counts_for_no_rate(clock: FakeClock) -> None:
    case = Case(clock, body_idle_timeout_s=60, body_min_rate=1, body_min_rate_window_s=10)
    await case.read()
    for digit in b"00000005":
        await case.pass_time(1.2)
        case.body.take(bytes([digit]))
    await case.pass_time(1)
    assert await case.outcome() == "body_min_rate"


# What comes.


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=6), st.lists(st.integers(0, 150), max_size=6))
async def test_a_body_is_whole_and_what_follows_is_not_its_own(pieces: list[bytes], cuts: list[int]) -> None:
    with FakeClock() as clock:
        case = Case(clock)
        data = b"".join(map(chunk, pieces)) + b"0\r\n\r\n" + b"GET /next"
        places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
        rest = b""
        for start, end in pairwise(places):
            rest += data[start:end] if case.body.ended else case.body.take(data[start:end])
        assert rest == b"GET /next"
        assert await collect(case.body, 1000) == b"".join(pieces)


async def test_a_body_over_the_limit_is_broken_there(clock: FakeClock) -> None:
    case = Case(clock, body_bytes=5)
    assert case.body.take(chunk(b"hello")) == b""
    assert case.body.take(chunk(b"!") + b"0\r\n\r\nGET /next") == b""
    assert case.source.told == ["abandon"]
    await case.read()
    assert await case.outcome() == b"hello"
    await case.read()
    assert await case.outcome() == "body_too_large"
    assert case.body.take(b"ignored") == b""


async def test_malformed_framing_breaks_the_body(clock: FakeClock) -> None:
    case = Case(clock)
    await case.read()
    case.body.take(b"zz\r\n")
    await soon()
    assert await case.outcome() == "framing"


# 100 (Continue).


async def test_the_body_is_asked_for_when_somebody_first_reads(clock: FakeClock) -> None:
    case, asked = Case(clock), []
    case.body.on_wanted = lambda: asked.append(True)
    await case.read()
    assert asked == [True]
    case.body.take(chunk(b"a"))
    await soon()
    await case.read()
    assert asked == [True]


async def test_a_client_that_sends_already_is_not_asked(clock: FakeClock) -> None:
    case, asked = Case(clock), []
    case.body.on_wanted = lambda: asked.append(True)
    case.body.take(chunk(b"a"))
    await case.read()
    assert asked == []
