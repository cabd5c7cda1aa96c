"""Bodies in chunks: whole, streamed, or missing, but never cut without a word."""

import asyncio
import os

import pytest
from kit.redis import RedisServer
from kit.tiers import a_response, node

from proxy.body import Body
from proxy.errors import UpstreamCut
from proxy.runtime import wall_clock

KIB = 1024
LARGE = os.urandom(3 * KIB * KIB + 17)


@pytest.mark.parametrize(
    "size", [0, 1, 32 * KIB - 1, 32 * KIB, 32 * KIB + 1, 256 * KIB, 256 * KIB + 1, 512 * KIB, KIB * KIB, len(LARGE)]
)
async def test_a_body_of_any_size_comes_back_whole(server: RedisServer, size: int) -> None:
    async with node(server.url) as one:
        await one.store(a_response(LARGE[:size]))
        assert await one.body() == LARGE[:size]


async def test_a_body_of_a_mebibyte_is_whole_when_it_is_found(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(LARGE[: KIB * KIB]))
        found = await one.find()
        assert found.body is None
        assert found.stored is not None
        assert found.stored.body == LARGE[: KIB * KIB]


async def test_a_larger_body_is_a_stream_that_tells_its_length(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(LARGE))
        found = await one.find()
        assert found.body is not None
        assert (found.body.length, found.body.ready) == (len(LARGE), True)
        assert await found.body.read() == LARGE[: 256 * KIB]
        assert found.body.ready is False
        found.body.discard()
        assert await found.body.read() == b""


@pytest.mark.parametrize("size", [100 * KIB, len(LARGE)])
@pytest.mark.parametrize("which", [0, -1])
async def test_a_missing_chunk_is_a_miss(server: RedisServer, size: int, which: int) -> None:
    async with node(server.url) as one:
        await one.store(a_response(LARGE[:size]))
        keys = sorted(await server.redis.keys("*}:*:[0-9]*"), key=lambda key: int(key.rpartition(b":")[2]))
        await server.redis.delete(keys[which])
        assert (await one.find()).stored is None
        assert one.failures("chunk_lost") == 1


@pytest.mark.parametrize("chunk", [b"", b"short", b"x" * 300 * KIB])
async def test_a_chunk_of_another_length_is_a_miss(server: RedisServer, chunk: bytes) -> None:
    async with node(server.url) as one:
        await one.store(a_response(LARGE))
        key = (await server.redis.keys("*}:*:7"))[0]
        await server.redis.set(key, chunk)
        assert (await one.find()).stored is None


async def test_a_chunk_of_another_type_is_a_miss(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(LARGE))
        key = (await server.redis.keys("*}:*:0"))[0]
        await server.redis.delete(key)
        await server.redis.rpush(key, "a")
        assert (await one.find()).stored is None
        assert one.failures("rejected") == 1


async def read_to_the_end(body: Body) -> bytes:
    read = b""
    while piece := await body.read():
        read += piece
    return read


async def test_a_chunk_that_goes_while_a_body_is_read_breaks_the_stream(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(LARGE))
        found = await one.find()
        assert found.body is not None
        await server.flush()
        with pytest.raises(UpstreamCut):
            await read_to_the_end(found.body)


async def test_a_server_that_dies_while_a_body_is_read_breaks_the_stream(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(LARGE))
        found = await one.find()
        assert found.body is not None
        await server.kill()
        with pytest.raises(UpstreamCut):
            await read_to_the_end(found.body)


async def test_many_bodies_are_read_at_once(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(LARGE))
        bodies = await asyncio.gather(*(one.body() for _ in range(8)))
        assert all(body == LARGE for body in bodies)


async def test_a_new_version_does_not_mix_with_one_that_is_being_read(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(LARGE))
        found = await one.find()
        assert found.body is not None
        await one.store(a_response(LARGE[::-1]))
        assert await read_to_the_end(found.body) == LARGE
        assert await one.body() == LARGE[::-1]


async def test_the_chunks_of_what_was_displaced_do_not_stay_long(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(LARGE, lasting_s=3600))
        old = set(await server.redis.keys("*}:*:[0-9]*"))
        await one.store(a_response(b"small", lasting_s=3600))
        await one.written()
        assert len(old) == 13
        for key in old:
            assert 0 < await server.redis.pttl(key) <= 60_000


async def test_chunks_live_a_little_longer_than_their_entry(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(LARGE, lasting_s=3600, born=wall_clock()))
        entry = await server.redis.pttl((await server.redis.keys("*:entries"))[0])
        for key in await server.redis.keys("*}:*:[0-9]*"):
            assert 30_000 < await server.redis.pttl(key) - entry < 90_000
