"""The key-value store, wherever it lies."""

import asyncio

import pytest
from kit.stores import reason_of, storing

from proxy.cache.redis_settings import RedisSettings
from wasm_host.functions.stores.integers import MOST
from wasm_host.functions.stores.settings import Quota, SqliteSettings, StoresSettings

Place = SqliteSettings | RedisSettings


async def test_what_is_set_stays(place: Place) -> None:
    async with storing(StoresSettings(kv=place)) as worker:
        await worker.kv().set(b"\x00key\xff", b"\x00value\xff", 0)
    async with storing(StoresSettings(kv=place)) as another:
        assert await another.kv().get(b"\x00key\xff") == b"\x00value\xff"


async def test_what_is_not_there_is_none(place: Place) -> None:
    async with storing(StoresSettings(kv=place)) as worker:
        assert await worker.kv().get(b"key") is None
        assert await worker.kv().delete(b"key") is False


async def test_an_empty_value_is_a_value(place: Place) -> None:
    async with storing(StoresSettings(kv=place)) as worker:
        await worker.kv().set(b"key", b"", 0)
        assert await worker.kv().get(b"key") == b""
        assert await worker.kv().compare_and_set(b"key", None, b"x", 0) is False
        assert await worker.kv().compare_and_set(b"key", b"", b"x", 0) is True


async def test_a_value_of_the_largest_size_comes_back_whole(place: Place) -> None:
    async with storing(StoresSettings(kv=place)) as worker:
        value = bytes(range(256)) * 4096
        await worker.kv().set(b"key", value, 0)
        assert await worker.kv().get(b"key") == value


async def test_what_is_deleted_is_gone(place: Place) -> None:
    async with storing(StoresSettings(kv=place)) as worker:
        await worker.kv().set(b"key", b"value", 60)
        assert await worker.kv().delete(b"key") is True
        assert await worker.kv().get(b"key") is None
        assert await worker.kv().keys(b"", 10) == []


async def test_a_value_is_set_only_where_the_expected_one_is(place: Place) -> None:
    async with storing(StoresSettings(kv=place)) as worker:
        kv = worker.kv()
        assert await kv.compare_and_set(b"key", b"old", b"new", 0) is False
        assert await kv.compare_and_set(b"key", None, b"old", 0) is True
        assert await kv.compare_and_set(b"key", None, b"new", 0) is False
        assert await kv.compare_and_set(b"key", b"old", b"new", 0) is True
        assert await kv.get(b"key") == b"new"


async def test_counters_are_exact_and_refuse_what_is_no_number(place: Place) -> None:
    async with storing(StoresSettings(kv=place)) as worker:
        kv = worker.kv()
        assert await kv.increment(b"count", MOST - 1) == MOST - 1
        assert await kv.increment(b"count", 1) == MOST
        assert await reason_of(kv.increment, b"count", 1) == "invalid"
        assert await kv.get(b"count") == b"%d" % MOST
        await kv.set(b"key", b"value", 0)
        assert await reason_of(kv.increment, b"key", 1) == "invalid"
        assert await kv.get(b"key") == b"value"


async def test_no_increment_of_many_at_once_is_lost(place: Place) -> None:
    async with storing(StoresSettings(kv=place)) as one, storing(StoresSettings(kv=place)) as other:

        async def count(kv: object) -> None:
            for _ in range(20):
                await kv.increment(b"count", 1)  # type: ignore[attr-defined]

        await asyncio.gather(*(count(worker.kv()) for worker in (one, other) for _ in range(3)))
        assert await one.kv().get(b"count") == b"120"


async def test_keys_come_in_the_order_of_their_bytes(place: Place) -> None:
    async with storing(StoresSettings(kv=place)) as worker:
        kv = worker.kv()
        for key in (b"b", b"a\xff", b"a\xff\xff", b"a", b"ab", b"\xff\xff", b"\x00"):
            await kv.set(key, b"", 0)
        assert await kv.keys(b"", 10) == [b"\x00", b"a", b"ab", b"a\xff", b"a\xff\xff", b"b", b"\xff\xff"]
        assert await kv.keys(b"a", 10) == [b"a", b"ab", b"a\xff", b"a\xff\xff"]
        assert await kv.keys(b"a\xff", 10) == [b"a\xff", b"a\xff\xff"]
        assert await kv.keys(b"\xff", 10) == [b"\xff\xff"]
        assert await kv.keys(b"", 2) == [b"\x00", b"a"]
        assert await kv.keys(b"c", 10) == []


async def test_more_keys_than_a_page_are_listed(place: Place) -> None:
    async with storing(StoresSettings(kv=place)) as worker:
        keys = [b"%04d" % number for number in range(2100)]
        await asyncio.gather(*(asyncio.ensure_future(done(worker.kv().set(key, b"", 0))) for key in keys))
        assert await worker.kv().keys(b"", 10_000) == keys
        assert await worker.kv().keys(b"", 2050) == keys[:2050]


async def done(setting: object) -> None:
    await setting  # type: ignore[misc]


async def test_functions_see_only_their_own_pairs(place: Place) -> None:
    async with storing(StoresSettings(kv=place)) as worker:
        await worker.kv("one").set(b"key", b"one", 0)
        assert await worker.kv("other").get(b"key") is None
        assert await worker.kv("other").keys(b"", 10) == []
        assert await worker.kv("other").delete(b"key") is False
        assert await worker.kv("one").get(b"key") == b"one"


@pytest.mark.parametrize("quota", [Quota(keys=3), Quota(bytes=30)])
async def test_a_function_has_only_so_much(place: Place, quota: Quota) -> None:
    async with storing(StoresSettings(kv=place, quota=quota)) as worker:
        kv = worker.kv()
        for key in (b"a", b"b", b"c"):
            await kv.set(key, b"123456789", 0)
        assert await reason_of(kv.set, b"d", b"1", 0) == "over_budget"
        assert await reason_of(kv.increment, b"d", 1) == "over_budget"
        assert await reason_of(kv.compare_and_set, b"d", None, b"1", 0) == "over_budget"
        assert await kv.keys(b"", 10) == [b"a", b"b", b"c"]
        await kv.set(b"a", b"987654321", 0)
        await kv.delete(b"a")
        await kv.set(b"d", b"1", 0)
        await worker.kv("other").set(b"d", b"123456789", 0)


async def test_a_value_that_grows_counts(place: Place) -> None:
    async with storing(StoresSettings(kv=place, quota=Quota(bytes=10))) as worker:
        kv = worker.kv()
        await kv.set(b"key", b"123", 0)
        assert await reason_of(kv.set, b"key", b"12345678", 0) == "over_budget"
        assert await kv.get(b"key") == b"123"
        await kv.set(b"key", b"1234567", 0)
        await kv.set(b"key", b"1", 0)
        await kv.set(b"six", b"123", 0)


async def test_less_than_before_is_stored_though_the_quota_fell(place: Place) -> None:
    async with storing(StoresSettings(kv=place)) as worker:
        await worker.kv().set(b"key", bytes(100), 0)
    async with storing(StoresSettings(kv=place, quota=Quota(keys=0, bytes=10))) as worker:
        await worker.kv().set(b"key", bytes(90), 0)
        assert await reason_of(worker.kv().set, b"key", bytes(91), 0) == "over_budget"
