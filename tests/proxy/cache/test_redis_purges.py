"""Purges that reach every node: at once, after an absence, and when Redis lost what it knew."""

import asyncio

import pytest
from kit import eventually
from kit.redis import RedisServer
from kit.tiers import URL, Node, a_response, node

from proxy.cache.purge import Purge
from proxy.cache.redis_layout import Keys
from proxy.cache.redis_scripts import PUBLISH
from proxy.runtime import wall_clock

BACK_WITHIN_S = 8.0
KEYS = Keys("test")


async def fetched_before(one: Node, purge: Purge, **facts: object) -> None:
    """Write a response that was fetched before a purge, after it."""
    stored = a_response(**facts)  # type: ignore[arg-type]
    stored.generation = one.tier.generation
    assert await one.tier.purge(purge)
    one.tier.put(stored)
    await one.written()


async def test_a_purge_reaches_the_other_node(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        purge = Purge("tag", "röd blå", hard=True)
        assert await one.tier.purge(purge)
        assert await eventually(lambda: other.purges == [purge])
        assert other.tier.generation == one.tier.generation
        assert other.lost == 0


async def test_a_purge_does_not_come_back_to_who_made_it(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.tier.purge(Purge("all"))
        await asyncio.sleep(0.7)
        assert one.purges == []


async def test_every_purge_arrives_once_and_in_order(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        purges = [Purge("url", f"https://example.test/{number}") for number in range(30)]
        for purge in purges:
            await one.tier.purge(purge)
        assert await eventually(lambda: len(other.purges) >= 30)
        await asyncio.sleep(0.7)
        assert other.purges == purges


async def test_a_lookup_learns_of_purges_before_it_judges(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        await one.store(a_response())
        assert await other.body() == b"hello"
        await one.tier.purge(Purge("url", URL, hard=True))
        assert await other.body() is None
        assert other.purges == [Purge("url", URL, hard=True)]


async def test_what_a_soft_purge_took_is_found_stale(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        await one.store(a_response(tags=("a", "b")))
        await one.tier.purge(Purge("tag", "b"))
        found = await other.find()
        assert found.stored is not None
        assert found.stored.fresh_until <= wall_clock()


@pytest.mark.parametrize("purge", [Purge("all", "", True), Purge("prefix", "https://example.test/", True)])
async def test_what_was_fetched_before_a_purge_is_taken_though_written_later(server: RedisServer, purge: Purge) -> None:
    async with node(server.url) as one:
        await fetched_before(one, purge)
        assert await one.body() is None


async def test_what_was_fetched_after_a_purge_stays(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        await one.tier.purge(Purge("all", "", hard=True))
        await one.store(a_response())
        assert await other.body() == b"hello"


async def test_a_worker_that_starts_knows_the_purges_before_it(server: RedisServer) -> None:
    async with node(server.url) as one:
        await fetched_before(one, Purge("url", URL, hard=True))
        async with node(server.url) as late:
            assert await late.body() is None
            assert (late.purges, late.lost) == ([], 0)


async def test_a_node_that_was_away_hears_of_purges_before_it_is_back(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url, timeout_s=0.05) as other:
        server.pause()
        async with asyncio.timeout(5):
            while other.tier.available:
                await other.find()
        server.resume()
        assert await one.tier.purge(Purge("url", URL))
        assert await eventually(lambda: other.tier.available, BACK_WITHIN_S)
        assert other.told == ["purge while away"]
        assert other.purges == [Purge("url", URL)]


async def test_a_purge_while_redis_is_away_is_published_when_it_is_back() -> None:
    async with RedisServer() as server, node(server.url, timeout_s=0.1) as one:
        server.pause()
        assert await eventually(lambda: not one.tier.available, 20)
        assert not await one.tier.purge(Purge("url", URL, hard=True))
        server.resume()
        assert await eventually(lambda: one.tier.available, BACK_WITHIN_S)
        async with node(server.url) as other:
            await asyncio.sleep(0)
            stored = a_response()  # of generation 0, before the purge
            other.tier.put(stored)
            await other.written()
            assert await other.body() is None


async def test_a_purge_that_redis_refuses_is_kept_in_mind_and_retried(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        await one.store(a_response())
        await server.limit_memory(-100_000)
        assert not await one.tier.purge(Purge("url", URL, hard=True))
        assert await one.body() is None
        assert one.failures("out_of_memory") >= 1
        await server.limit_memory(100_000_000)
        assert await eventually(lambda: other.purges == [Purge("url", URL, hard=True)])
        assert await one.body() is None


async def test_more_purges_than_can_be_kept_in_mind_become_one_of_everything(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        server.pause()
        waiters = [one.tier.purge(Purge("url", str(number), hard=number == 3)) for number in range(1001)]
        server.resume()
        assert not await waiters[0]
        assert await eventually(lambda: other.purges == [Purge("all", "", hard=True)])


async def test_flushed_data_means_lost_purges(server: RedisServer) -> None:
    async with node(server.url) as one:
        await server.flush()
        assert await eventually(lambda: one.lost == 1)
        await asyncio.sleep(0.7)
        assert one.lost == 1


async def test_a_lookup_notices_flushed_data_first(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response())
        old = await server.redis.dump(KEYS.place(URL).entries)
        await server.flush()
        await server.redis.restore(KEYS.place(URL).entries, 60_000, old)
        found = await one.find()
        assert one.lost == 1
        assert found.stored is not None
        assert found.stored.fresh_until <= wall_clock()


async def test_lost_data_is_told_before_redis_is_used_again(server: RedisServer) -> None:
    async with node(server.url) as one:
        await server.restart()
        async with asyncio.timeout(5):
            while one.tier.available and not one.lost:
                await one.find()
        assert await eventually(lambda: one.tier.available and one.lost, BACK_WITHIN_S)
        assert one.told in (["lost while away"], ["lost"])


async def test_purges_go_on_after_lost_data(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        before = one.tier.generation
        await server.flush()
        assert await eventually(lambda: one.lost and other.lost)
        assert one.tier.generation == other.tier.generation > before
        await one.store(a_response())
        await one.tier.purge(Purge("url", URL, hard=True))
        assert await other.body() is None
        assert (one.lost, other.lost) == (1, 1)


async def test_purges_that_the_log_has_dropped_are_lost(server: RedisServer) -> None:
    async with node(server.url, timeout_s=0.1) as one, node(server.url, timeout_s=0.1) as other:
        server.pause()
        assert await eventually(lambda: not (one.tier.available or other.tier.available), 20)
        server.resume()
        number = one.tier.generation
        await server.redis.hset(KEYS.purge_state, mapping={"number": number + 5, "floor": number + 5, "mark": "x"})
        assert await eventually(lambda: one.lost and one.tier.available, BACK_WITHIN_S)


async def test_a_purge_that_is_published_twice_is_one(server: RedisServer) -> None:
    """As when the reply to the first attempt was lost."""
    async with node(server.url) as one, node(server.url) as other:
        await one.tier.purge(Purge("url", "1"))
        assert await eventually(lambda: other.purges)
        ((event, number),) = await server.redis.zrange(KEYS.purge_events, 0, -1, withscores=True)
        again = PUBLISH.call([KEYS.purge_state, KEYS.purge_events], event.split(b" ")[0], event, 100)
        assert await server.redis.execute_command(*again) == 1
        assert await server.redis.zrange(KEYS.purge_events, 0, -1, withscores=True) == [(event, number)]
        assert int(await server.redis.hget(KEYS.purge_state, "number")) == number


async def test_the_log_is_bounded(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proxy.cache.redis_purges.MOST_EVENTS", 5)
    async with node(server.url) as one, node(server.url) as other:
        for number in range(20):
            await one.tier.purge(Purge("url", str(number)))
        assert await server.redis.zcard(KEYS.purge_events) == 5
        floor = int(await server.redis.hget(KEYS.purge_state, "floor"))
        assert floor == one.tier.generation - 5
        assert await eventually(lambda: other.tier.generation == one.tier.generation)


async def test_a_log_with_another_past_is_begun_anew(server: RedisServer) -> None:
    """As after a failover to a replica that had not heard of the last purge, and then heard of another."""
    async with node(server.url) as one, node(server.url) as other:
        await one.tier.purge(Purge("url", "1"))
        assert await eventually(lambda: other.purges)
        number = one.tier.generation
        await server.redis.zremrangebyscore(KEYS.purge_events, number, number)
        await server.redis.zadd(KEYS.purge_events, {"somebody-1 url 0 2": number})
        await server.redis.hset(KEYS.purge_state, "mark", "somebody-1")
        assert await eventually(lambda: one.lost == other.lost == 1)
        assert one.tier.generation == other.tier.generation > number


@pytest.mark.parametrize("field", ["number", "floor", "mark"])
@pytest.mark.parametrize("value", [b"\xff\xfe", b"-1", b"9" * 30])
async def test_a_state_that_is_not_ours_is_begun_anew(server: RedisServer, field: str, value: bytes) -> None:
    async with node(server.url) as one:
        await server.redis.hset(KEYS.purge_state, field, value)
        await one.store(a_response())
        assert await one.body() == b"hello"
        await one.tier.purge(Purge("all", "", hard=True))
        assert await one.body() is None
        assert await eventually(lambda: one.lost == 1)


async def test_events_that_are_not_ours_count_as_lost_purges(server: RedisServer) -> None:
    async with node(server.url) as one:
        await server.redis.zadd(KEYS.purge_events, {b"\xff nonsense": one.tier.generation + 1})
        await server.redis.hincrby(KEYS.purge_state, "number", 1)
        assert await eventually(lambda: one.lost == 1)
        await one.store(a_response())
        assert await one.body() == b"hello"


@pytest.mark.parametrize("key", [KEYS.purge_state, KEYS.purge_events])
async def test_keys_of_another_type_are_begun_anew(server: RedisServer, key: str) -> None:
    async with node(server.url) as one:
        await server.redis.set(key, "text")
        await one.tier.purge(Purge("all"))
        assert await eventually(lambda: one.tier.available and one.lost, BACK_WITHIN_S)
        await one.store(a_response())
        assert await one.body() == b"hello"


async def test_an_exception_from_the_cache_does_not_end_the_watch(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        calls: list[Purge] = []

        def fail_once(purge: Purge) -> None:
            calls.append(purge)
            if len(calls) == 1:
                raise RuntimeError("from the cache")

        other.tier._purges._on_purge = fail_once
        await one.tier.purge(Purge("url", "1"))
        assert await eventually(lambda: len(calls) == 1)
        await one.tier.purge(Purge("url", "2"))
        assert await eventually(lambda: len(calls) == 2)
