"""Redis that goes in the middle of a large body: its reader gets the rest from the origin, or learns that it is cut."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from kit import FakeOrigin, Proxy, eventually, get
from kit.cache_load import caching
from kit.caching import FRESH, Answers, answer, chunked
from kit.redis import RedisServer
from kit.redis_gate import Gate
from kit.wire import Wire

from proxy.exchange import Exchange
from proxy.filter import Answer, Filter

BODY = bytes(range(256)) * 20_000
TAG = 'ETag: "1"'


class AsyncFilter(Filter):
    """Keeps a chain from being plain, so that its exchanges run in Tasks."""

    name = "async"

    async def on_request(self, exchange: Exchange) -> Answer:
        return None


@asynccontextmanager
async def half_read(answers: Answers, filters: Sequence[Filter] = ()) -> AsyncIterator[tuple[Wire, Proxy]]:
    """Have one node store a large body, and another lose Redis while its client reads that."""
    async with RedisServer() as server, Gate(server) as gate, FakeOrigin(answers) as origin:
        async with Proxy(caching(origin.address, server.url, 1.0)) as one:
            client = await one.connect()
            await client.send(get())
            await client.expect_response(200, body=BODY)
            tier = one.graph.caches["default"].shared
            assert tier is not None
            assert await eventually(lambda: tier.describe()["backlog_bytes"] == 0)
        async with Proxy(caching(origin.address, gate.url, 1.0), filters=filters) as other:
            gate.delay_s = 0.05
            client = await other.connect()
            await client.send(get())
            await client.expect_until(b"\r\n\r\n")
            await gate.shut()
            yield client, other
            await client.until(lambda: client.ended is not None or not other.in_flight, "the end")
            cache = other.graph.caches["default"]
            assert await eventually(lambda: not len(cache.flights))
            assert await eventually(lambda: cache.budget.left_bytes == cache.memory.limit_bytes // 8)


@pytest.mark.parametrize("filters", [(), (AsyncFilter(),)], ids=["in a strand", "in a task"])
async def test_the_origin_brings_the_rest_of_the_same_body(filters: Sequence[Filter]) -> None:
    answers = Answers(answer(BODY, FRESH, TAG))
    async with half_read(answers, filters) as (client, other):
        assert await client.expect_bytes(len(BODY)) == BODY
        assert await eventually(lambda: other.graph.caches["default"].memory.count == 1)
    assert len(answers.asked) == 2


async def test_so_it_does_where_its_answer_has_no_length() -> None:
    answers = Answers(answer(BODY, FRESH, TAG), chunked(FRESH, TAG) + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY))
    async with half_read(answers) as (client, _):
        assert await client.expect_bytes(len(BODY)) == BODY


@pytest.mark.parametrize(
    "then",
    [
        answer(BODY[::-1], FRESH, 'ETag: "2"'),
        answer(BODY, FRESH),
        answer(BODY[:-1], FRESH, TAG),
        answer(b"gone", status=404),
        b"",
    ],
    ids=["another body", "no tag", "a shorter one", "gone", "no answer"],
)
async def test_the_reader_is_cut_rather_than_given_parts_of_two(then: bytes) -> None:
    answers = Answers(answer(BODY, FRESH, TAG), then)
    async with half_read(answers) as (client, other):
        told = await client.expect_cut()
        assert len(told) < len(BODY)
        assert BODY.startswith(told)
        assert other.graph.caches["default"].memory.count == 0


async def test_nobody_asks_the_origin_for_a_reader_who_has_left() -> None:
    answers = Answers(answer(BODY, FRESH, TAG))
    async with half_read(answers) as (client, other):
        client.reset()
        assert await eventually(lambda: not other.in_flight)
