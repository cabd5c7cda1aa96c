"""The way to Redis: who waits for how long, and what becomes of a Redis that is away."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import pytest
from kit import eventually, no_leaks
from kit.redis import RedisServer, free_port
from kit.redis_gate import Gate
from kit.stores import ALL, LIMITS, Storing, got, reason_of, redis_at, storing
from kit.wire import PATIENCE_S

from proxy.metrics import Registry
from wasm_host.functions.stores.redis_link import RedisLink
from wasm_host.functions.stores.settings import StoresSettings


@pytest.fixture
async def gate(server: RedisServer) -> AsyncIterator[Gate]:
    async with Gate(server) as opened:
        yield opened


def cached_at(url: str, **settings: object) -> StoresSettings:
    return StoresSettings(cache_redis=redis_at(url, **settings))


async def test_what_is_asked_at_once_goes_in_one_round_trip(server: RedisServer) -> None:
    async with storing(cached_at(server.url)) as worker:
        before = await server.reads()
        await asyncio.gather(*(reads(worker, b"%d" % number) for number in range(20)))
        assert await server.reads() - before <= 3


async def reads(worker: Storing, key: bytes) -> bytes | None:
    return await got(worker.cache().get(key))


async def test_nobody_waits_longer_than_the_time(gate: Gate) -> None:
    async with storing(cached_at(gate.url, timeout_s=0.2)) as worker:
        assert await eventually(lambda: worker.is_up("cache"))
        gate.silence()
        began = monotonic()
        assert await reads(worker, b"key") is None
        assert await reason_of(worker.cache().set, b"key", b"value", 60) == "timeout"
        assert monotonic() - began < PATIENCE_S
        assert worker.failures("cache", "timeout") >= 2


async def test_who_stands_in_line_behind_a_slow_answer_does_not_wait_longer(gate: Gate) -> None:
    async with storing(cached_at(gate.url, timeout_s=0.3)) as worker:
        assert await eventually(lambda: worker.is_up("cache"))
        gate.silence()
        first = asyncio.ensure_future(reads(worker, b"first"))
        await asyncio.sleep(0.1)
        began = monotonic()
        assert await reads(worker, b"second") is None
        assert monotonic() - began < PATIENCE_S
        await first


async def test_a_redis_that_is_silent_is_left_alone_until_it_speaks(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    async with storing(cached_at(gate.url, timeout_s=0.3, failures=2)) as worker:
        assert await eventually(lambda: worker.is_up("cache"))
        gate.silence()
        for _ in range(2):
            await reads(worker, b"key")
        assert await eventually(lambda: not worker.is_up("cache"))
        asked = len(gate.asked)
        assert worker.cache().get(b"other").done()  # type: ignore[union-attr]
        assert len(gate.asked) == asked
        assert worker.failures("cache", "away") == 1
        gate.speak()
        assert await eventually(lambda: worker.is_up("cache"))
        assert await eventually_stored(worker)
    assert any(line.startswith("functions: cache is unavailable") for line in caplog.messages)
    assert "functions: cache is back" in caplog.messages


async def eventually_stored(worker: Storing) -> bool:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await got(worker.cache().set(b"key", b"value", 60))
                return True
            except Exception:
                await asyncio.sleep(0.05)


async def test_a_redis_that_is_killed_in_the_middle_fails_nobody(server: RedisServer) -> None:
    async with storing(cached_at(server.url)) as worker:
        await got(worker.cache().set(b"key", b"value", 60))
        under_way = [asyncio.ensure_future(reads(worker, b"%d" % number)) for number in range(50)]
        await asyncio.sleep(0)
        await server.kill()
        under_way += [asyncio.ensure_future(reads(worker, b"%d" % number)) for number in range(50, 100)]
        assert set(await asyncio.gather(*under_way)) == {None}
        assert await reason_of(worker.cache().delete, b"key") == "unavailable"
        assert await eventually(lambda: not worker.is_up("cache"))
        await server.start()
        assert await eventually(lambda: worker.is_up("cache"))
        await got(worker.cache().set(b"key", b"new", 60))
        assert await reads(worker, b"key") == b"new"


async def test_a_redis_that_forgot_the_scripts_is_given_them_again(server: RedisServer) -> None:
    async with storing(cached_at(server.url)) as worker:
        await server.redis.script_flush()
        assert await got(worker.cache().increment(b"count", 1, 60)) == 1


async def test_a_start_without_redis_goes_well_and_finds_it_later() -> None:
    server = RedisServer()
    async with storing(cached_at(server.url)) as worker:
        assert await reads(worker, b"key") is None
        assert worker.failures("cache", "refused") >= 1
        async with server:
            assert await eventually(lambda: worker.is_up("cache"))


async def test_what_is_refused_is_unavailable_and_breaks_nothing() -> None:
    async with RedisServer() as server, storing(cached_at(server.url)) as worker:
        await server.limit_memory(-100_000)
        assert await reason_of(worker.cache().set, b"key", b"value", 60) == "unavailable"
        assert worker.failures("cache", "out_of_memory") == 1
        assert worker.is_up("cache")


async def test_too_much_that_waits_is_refused(gate: Gate) -> None:
    async with storing(cached_at(gate.url, backlog_bytes=100_000)) as worker:
        assert await eventually(lambda: worker.is_up("cache"))
        gate.silence()
        first = worker.cache().set(b"key", bytes(90_000), 60)
        assert await reason_of(worker.cache().set, b"other", bytes(90_000), 60) == "unavailable"
        assert worker.failures("cache", "backlog") == 1
        gate.speak()
        await got(first)


async def test_closing_fails_what_is_under_way_and_leaves_nothing_behind(gate: Gate) -> None:
    async with no_leaks(), storing(cached_at(gate.url)) as worker:
        assert await eventually(lambda: worker.is_up("cache"))
        gate.silence()
        answer = asyncio.ensure_future(reason_of(worker.cache().delete, b"key"))
        await asyncio.sleep(0)
        await worker.stores.close()
        assert await answer == "unavailable"
        assert await reason_of(worker.cache().delete, b"key") == "unavailable"
        gate.speak()
        await gate.shut()


async def test_nothing_is_touched_before_the_first_use(server: RedisServer) -> None:
    async with Gate(server) as gate, no_leaks():
        registry = Registry()
        link = RedisLink("cache", redis_at(gate.url), registry)
        await asyncio.sleep(0)
        assert not gate.asked
        await link.close()


async def test_the_first_use_connects_where_nobody_started() -> None:
    async with RedisServer() as server:
        worker = Storing(cached_at(server.url))
        cache = worker.stores.cache_of("hello", ALL, LIMITS)
        assert await got(cache.get(b"key")) is None
        assert await eventually(lambda: worker.is_up("cache"))
        await worker.stores.close()


async def test_an_address_where_nobody_listens_is_asked_seldom() -> None:
    async with storing(cached_at(f"redis://127.0.0.1:{free_port()}")) as worker:
        for _ in range(100):
            assert await reads(worker, b"key") is None
        assert worker.failures("cache", "away") == 100
        assert worker.failures("cache", "refused") <= 3


async def test_more_large_values_than_may_wait_to_be_sent_can_be_asked_for(server: RedisServer) -> None:
    async with storing(cached_at(server.url)) as one, storing(cached_at(server.url)) as other:
        keys = [b"%d" % number for number in range(40)]
        for key in keys:
            await got(one.cache().set(key, key * 300_000, 60))
        for key in keys[:10]:
            assert await reads(other, key) == key * 300_000
        answers = await asyncio.gather(*(reads(other, key) for key in keys))
        assert answers == [key * 300_000 for key in keys]
