"""Pairs in Redis whose time is over: absent at once, removed little by little, and room for others."""

from kit.redis import RedisServer
from kit.stores import Storing, age, got, reason_of, redis_at, storing

from wasm_host.functions.stores.redis_pairs import RedisPairs
from wasm_host.functions.stores.redis_scripts import REAPED_BY_WRITES
from wasm_host.functions.stores.settings import Quota, StoresSettings

STEM = "penstock-functions:1:kv:{hello}:"


async def fill(worker: Storing, number: int, ttl_s: int) -> None:
    for each in range(number):
        await got(worker.kv().set(b"%d" % each, b"", ttl_s))


async def held(server: RedisServer) -> int:
    return int(await server.redis.hlen(STEM + "values"))


async def test_what_is_over_is_absent_at_once(server: RedisServer) -> None:
    async with storing(StoresSettings(kv=redis_at(server.url))) as worker:
        kv = worker.kv()
        await fill(worker, 3, 100)
        await age(server.redis, 100)
        assert await got(kv.get(b"0")) is None
        assert await got(kv.keys(b"", 10)) == []
        assert await got(kv.delete(b"0")) is False
        assert await got(kv.compare_and_set(b"1", None, b"7", 0)) is True
        assert await got(kv.increment(b"2", 5)) == 5


async def test_what_is_over_is_removed_in_small_numbers(server: RedisServer) -> None:
    async with storing(StoresSettings(kv=redis_at(server.url))) as worker:
        await fill(worker, 2 * REAPED_BY_WRITES, 100)
        await age(server.redis, 100)
        await got(worker.kv().set(b"stays", b"", 0))
        assert await held(server) == REAPED_BY_WRITES + 1
        await got(worker.kv().set(b"stays", b"", 0))
        assert await held(server) == 1
        assert await server.redis.get(STEM + "used") == b"5"


async def test_what_is_over_makes_room(server: RedisServer) -> None:
    async with storing(StoresSettings(kv=redis_at(server.url), quota=Quota(keys=3))) as worker:
        await fill(worker, 3, 100)
        assert await reason_of(worker.kv().set, b"new", b"", 0) == "over_budget"
        await age(server.redis, 100)
        await got(worker.kv().set(b"new", b"", 0))


async def test_a_counter_keeps_its_time_and_a_set_gives_a_new_one(server: RedisServer) -> None:
    async with storing(StoresSettings(kv=redis_at(server.url))) as worker:
        kv = worker.kv()
        await fill(worker, 1, 100)
        await got(kv.set(b"count", b"1", 100))
        await got(kv.increment(b"count", 1))
        await got(kv.set(b"0", b"", 0))
        await age(server.redis, 100)
        assert await got(kv.keys(b"", 10)) == [b"0"]


async def test_keys_of_one_function_share_a_slot_of_a_cluster(server: RedisServer) -> None:
    async with storing(StoresSettings(kv=redis_at(server.url))) as worker:
        assert isinstance(worker.stores._pairs, RedisPairs)
        await got(worker.kv("a}b{c").set(b"{key}", b"value", 60))
        assert {name.partition(b"{")[2].partition(b"}")[0] for name in await server.redis.keys()} == {b"a%7Db%7Bc"}
