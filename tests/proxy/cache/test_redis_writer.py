"""Responses that are written while they stream: seen whole or not at all."""

import os

import pytest
from kit.redis import RedisServer
from kit.tiers import URL, Node, a_response, node

from proxy.cache.redis import Writer
from proxy.cache.stored import Stored

KIB = 1024
BODY = os.urandom(700 * KIB)


def begin(one: Node) -> tuple[Writer, Stored]:
    stored = a_response(b"")
    stored.generation = one.tier.generation
    return one.tier.begin(stored), stored


def feed(writer: Writer, body: bytes, piece_bytes: int = 10 * KIB) -> None:
    for start in range(0, len(body), piece_bytes):
        writer.feed(body[start : start + piece_bytes])


@pytest.mark.parametrize("size", [0, 5, 40 * KIB, 300 * KIB, len(BODY)])
@pytest.mark.parametrize("piece_bytes", [7 * KIB, 600 * KIB])
async def test_what_was_fed_is_found_after_the_commit(server: RedisServer, size: int, piece_bytes: int) -> None:
    async with node(server.url) as one:
        writer, stored = begin(one)
        feed(writer, BODY[:size], piece_bytes)
        await one.written()
        assert (await one.find()).stored is None
        writer.commit(stored)
        await one.written()
        assert await one.body() == BODY[:size]
        assert one.stores("stored") == 1


async def test_the_facts_are_those_of_the_commit(server: RedisServer) -> None:
    async with node(server.url) as one:
        writer, stored = begin(one)
        feed(writer, b"body")
        stored.tags = ("late",)
        writer.commit(stored)
        await one.written()
        found = (await one.find()).stored
        assert found is not None
        assert found.tags == ("late",)


async def test_an_aborted_body_is_never_seen_and_leaves_nothing(server: RedisServer) -> None:
    async with node(server.url) as one:
        writer, stored = begin(one)
        feed(writer, BODY)
        await one.written()
        assert len(await server.redis.keys("*}:*:[0-9]*")) == 2
        writer.abort()
        writer.feed(b"late")
        writer.commit(stored)
        await one.written()
        assert (await one.find()).stored is None
        assert await server.redis.keys("*}:*:[0-9]*") == []


async def test_chunks_of_a_worker_that_died_are_forgotten_by_the_server(server: RedisServer) -> None:
    async with node(server.url) as one:
        writer, _ = begin(one)
        feed(writer, BODY)
        await one.written()
        for key in await server.redis.keys("*}:*:[0-9]*"):
            assert 0 < await server.redis.pttl(key) <= 300_000


async def test_a_commit_without_all_chunks_is_none(server: RedisServer) -> None:
    async with node(server.url) as one:
        writer, stored = begin(one)
        feed(writer, BODY)
        await one.written()
        await server.redis.delete((await server.redis.keys("*}:*:1"))[0])
        writer.commit(stored)
        await one.written()
        assert await server.redis.keys("*:entries") == []
        assert one.stores("failed") == 1


async def test_a_body_whose_chunks_found_no_room_in_the_line_is_given_up(server: RedisServer) -> None:
    async with node(server.url, backlog_bytes=400 * KIB) as one:
        server.pause()
        writer, stored = begin(one)
        feed(writer, BODY)
        writer.commit(stored)
        server.resume()
        await one.written()
        assert (await one.find()).stored is None
        assert one.stores("dropped") == 1


async def test_a_failed_write_leaves_what_was_there(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(b"old"))
        writer, _ = begin(one)
        feed(writer, BODY)
        writer.abort()
        await one.written()
        assert await one.body() == b"old"


async def test_what_is_not_worth_keeping_is_not_written(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(lasting_s=-1.0))
        assert await server.redis.keys("*:entries") == []


async def test_two_writers_of_one_resource_do_not_mix(server: RedisServer) -> None:
    async with node(server.url) as one:
        (first, stored), (second, other) = begin(one), begin(one)
        for start in range(0, len(BODY), 50 * KIB):
            first.feed(BODY[start : start + 50 * KIB])
            second.feed(BODY[::-1][start : start + 50 * KIB])
        second.commit(other)
        await one.written()
        assert await one.body() == BODY[::-1]
        first.commit(stored)
        await one.written()
        assert await one.body(URL) == BODY


async def test_dropping_a_resource_shortens_the_life_of_its_chunks(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(BODY, lasting_s=3600))
        one.tier.drop(URL)
        await one.written()
        keys = await server.redis.keys("*}:*:[0-9]*")
        assert len(keys) == 3
        assert all([await server.redis.pttl(key) <= 60_000 for key in keys])
