"""The cache of functions: in one worker's memory, and in Redis behind it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from kit import FakeClock
from kit.redis import RedisServer
from kit.redis_gate import Gate
from kit.stores import Storing, got, reason_of, redis_at, storing

from wasm_host.functions.stores.cache import BRIEFLY_S
from wasm_host.functions.stores.integers import MOST
from wasm_host.functions.stores.settings import StoresSettings


@pytest.fixture(params=["own", "shared"])
async def worker(request: pytest.FixtureRequest) -> AsyncIterator[Storing]:
    """A worker without Redis, and one with."""
    if request.param == "own":
        async with storing(StoresSettings()) as made:
            yield made
        return
    async with RedisServer() as server, storing(StoresSettings(cache_redis=redis_at(server.url))) as made:
        yield made


async def test_what_is_set_is_there(worker: Storing) -> None:
    cache = worker.cache()
    await got(cache.set(b"key", b"\x00value\xff", 60))
    assert await got(cache.get(b"key")) == b"\x00value\xff"


async def test_an_empty_value_is_a_value(worker: Storing) -> None:
    cache = worker.cache()
    await got(cache.set(b"key", b"", 60))
    with FakeClock() as clock:
        clock.advance(2 * BRIEFLY_S)
        assert await got(cache.get(b"key")) == b""


async def test_what_was_set_lately_is_answered_at_once(worker: Storing) -> None:
    cache = worker.cache()
    await got(cache.set(b"key", b"value", 60))
    assert cache.get(b"key") == b"value"
    assert worker.found() == {"memory": 1}


async def test_what_is_deleted_is_gone_and_was_there_once(worker: Storing) -> None:
    cache = worker.cache()
    await got(cache.set(b"key", b"value", 60))
    assert await got(cache.delete(b"key")) is True
    assert await got(cache.delete(b"key")) is False
    assert await got(cache.get(b"key")) is None


async def test_a_counter_begins_at_nothing_and_is_text(worker: Storing) -> None:
    cache = worker.cache()
    assert await got(cache.increment(b"count", 5, 60)) == 5
    assert await got(cache.increment(b"count", -7, 60)) == -2
    assert await got(cache.get(b"count")) == b"-2"


async def test_a_counter_of_64_bits_is_exact(worker: Storing) -> None:
    cache = worker.cache()
    assert await got(cache.increment(b"count", MOST - 1, 60)) == MOST - 1
    assert await got(cache.increment(b"count", 1, 60)) == MOST
    assert await reason_of(cache.increment, b"count", 1, 60) == "invalid"
    assert await got(cache.get(b"count")) == b"%d" % MOST


async def test_what_is_no_number_cannot_be_counted_on(worker: Storing) -> None:
    cache = worker.cache()
    await got(cache.set(b"key", b"value", 60))
    assert await reason_of(cache.increment, b"key", 1, 60) == "invalid"
    assert await got(cache.get(b"key")) == b"value"


async def test_functions_do_not_see_each_others_keys(worker: Storing) -> None:
    await got(worker.cache("one").set(b"key", b"one", 60))
    assert await got(worker.cache("other").get(b"key")) is None
    assert await got(worker.cache("other").delete(b"key")) is False


def test_a_value_lives_for_its_time_and_a_counter_from_when_it_was_made() -> None:
    with FakeClock() as clock:
        cache = Storing(StoresSettings()).cache()
        cache.set(b"key", b"value", 10)
        cache.increment(b"count", 1, 10)
        clock.advance(6)
        assert cache.increment(b"count", 1, 10) == 2
        assert cache.get(b"key") == b"value"
        clock.advance(4)
        assert cache.get(b"key") is None
        assert cache.increment(b"count", 1, 10) == 1


async def test_redis_is_told_how_long_a_value_lives(server: RedisServer) -> None:
    async with storing(StoresSettings(cache_redis=redis_at(server.url))) as worker:
        await got(worker.cache().set(b"key", b"value", 1000))
        await got(worker.cache().increment(b"count", 1, 1000))
        await got(worker.cache().increment(b"count", 1, 5000))
        lives = [await server.redis.pttl(key) for key in await server.redis.keys()]
        assert len(lives) == 2
        assert all(900_000 < life <= 1_000_000 for life in lives)


class Two:
    """Two workers with one Redis."""

    def __init__(self, one: Storing, other: Storing, gate: Gate) -> None:
        self.one, self.other, self.gate = one, other, gate


@pytest.fixture
async def two(server: RedisServer) -> AsyncIterator[Two]:
    async with Gate(server) as gate:
        settings = StoresSettings(cache_redis=redis_at(gate.url))
        async with storing(settings) as one, storing(settings) as other:
            yield Two(one, other, gate)


async def test_what_one_worker_set_another_finds(two: Two) -> None:
    await got(two.one.cache().set(b"key", b"value", 60))
    assert await got(two.other.cache().get(b"key")) == b"value"
    assert two.other.cache().get(b"key") == b"value"
    assert two.other.found() == {"redis": 1, "memory": 1}


async def test_a_worker_sees_what_another_changed_after_a_moment(two: Two) -> None:
    with FakeClock() as clock:
        await got(two.one.cache().set(b"key", b"old", 60))
        assert await got(two.other.cache().get(b"key")) == b"old"
        await got(two.one.cache().set(b"key", b"new", 60))
        assert await got(two.one.cache().get(b"key")) == b"new"
        clock.advance(BRIEFLY_S)
        assert await got(two.other.cache().get(b"key")) == b"new"


async def test_no_increment_is_lost_between_workers(two: Two) -> None:
    async def count(worker: Storing) -> None:
        for _ in range(50):
            await got(worker.cache().increment(b"count", 1, 60))

    await asyncio.gather(count(two.one), count(two.other), count(two.one))
    assert await got(two.one.cache().get(b"count")) == b"150"


async def test_an_answer_that_was_under_way_does_not_displace_what_was_set_since(two: Two) -> None:
    await got(two.one.cache().set(b"key", b"old", 60))
    two.gate.silence()
    reading = two.other.cache().get(b"key")
    setting = two.other.cache().set(b"key", b"new", 60)
    two.gate.speak()
    await got(setting)
    assert await got(reading) == b"old"
    assert two.other.cache().get(b"key") == b"new"


async def test_an_answer_that_was_under_way_does_not_bring_back_what_was_deleted(two: Two) -> None:
    await got(two.one.cache().set(b"key", b"old", 60))
    two.gate.silence()
    reading, deleting = two.other.cache().get(b"key"), two.other.cache().delete(b"key")
    again = two.other.cache().get(b"key")
    two.gate.speak()
    assert await got(deleting) is True
    assert (await got(reading), await got(again)) == (b"old", None)
    assert await got(two.other.cache().get(b"key")) is None


async def test_many_who_ask_for_one_key_ask_redis_once(two: Two) -> None:
    await got(two.one.cache().set(b"key", b"value", 60))
    before = two.gate.count("GET")
    answers = await asyncio.gather(*(got(two.other.cache().get(b"key")) for _ in range(20)))
    assert set(answers) == {b"value"}
    assert two.gate.count("GET") == before + 1
    assert two.other.found() == {"redis": 20}


async def test_what_has_but_little_time_left_is_not_held_for_longer(two: Two, server: RedisServer) -> None:
    with FakeClock() as clock:
        await got(two.one.cache().set(b"key", b"value", 60))
        (name,) = await server.redis.keys()
        await server.redis.pexpire(name, 600)
        await got(two.other.cache().get(b"key"))
        clock.advance(0.7)
        await server.redis.delete(name)
        assert await got(two.other.cache().get(b"key")) is None


async def test_a_value_whose_set_failed_is_there_for_a_moment() -> None:
    async with RedisServer() as server, storing(StoresSettings(cache_redis=redis_at(server.url))) as worker:
        await server.kill()
        with FakeClock() as clock:
            assert await reason_of(worker.cache().set, b"key", b"value", 60) == "unavailable"
            assert worker.cache().get(b"key") == b"value"
            clock.advance(BRIEFLY_S)
            assert await got(worker.cache().get(b"key")) is None
