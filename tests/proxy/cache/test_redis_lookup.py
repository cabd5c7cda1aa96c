"""What a lookup makes of what lies in Redis, when that is not what was written there."""

import os

import pytest
from kit.redis import RedisServer
from kit.tiers import URL, Node, a_response, node

from proxy.cache.redis_layout import Keys, encode, variant_name
from proxy.cache.redis_lookup import CLOCKS_APART_S
from proxy.runtime import wall_clock

PLACE = Keys("test").place(URL)


async def misses_then_stores(one: Node) -> None:
    """See a miss, and that the next write mends what was there."""
    assert (await one.find()).stored is None
    assert one.tier.available
    await one.store(a_response(b"mended"))
    assert await one.body() == b"mended"


@pytest.mark.parametrize(
    "command",
    [
        ("SET", PLACE.entries, "text"),
        ("RPUSH", PLACE.entries, "a", "b"),
        ("ZADD", PLACE.entries, 1, "a"),
    ],
    ids=lambda command: command[0],
)
async def test_a_key_of_another_type_is_a_miss(server: RedisServer, command: tuple[str, ...]) -> None:
    async with node(server.url) as one:
        await server.redis.execute_command(*command)
        await misses_then_stores(one)
        assert one.failures("rejected") == 1


@pytest.mark.parametrize("entry", [b"", b"text", os.urandom(500), b"P\x01" + os.urandom(500)])
async def test_bytes_that_are_no_entry_are_a_miss(server: RedisServer, entry: bytes) -> None:
    async with node(server.url) as one:
        await server.redis.hset(PLACE.entries, mapping={"v": b"", variant_name(()): entry})
        await misses_then_stores(one)
        assert one.failures("garbage") == 1


@pytest.mark.parametrize("vary", [os.urandom(40), b",,,", b"%a,[,(", b"accept" * 10_000])
async def test_names_of_selecting_fields_that_are_none_are_a_miss(server: RedisServer, vary: bytes) -> None:
    async with node(server.url) as one:
        await server.redis.hset(PLACE.entries, mapping={"v": vary, variant_name(()): b"x"})
        await misses_then_stores(one)


async def test_an_entry_under_the_name_of_another_selection_is_a_miss(server: RedisServer) -> None:
    async with node(server.url) as one:
        german = a_response(b"de", vary=(b"accept-language",), variant=(b"de",))
        fields = {"v": b"accept-language", variant_name((b"en",)): encode(german, german.body)}
        await server.redis.hset(PLACE.entries, mapping=fields)
        assert (await one.find(accept_language="en")).stored is None


async def test_an_entry_of_another_resource_is_a_miss(server: RedisServer) -> None:
    async with node(server.url) as one:
        other = a_response(b"other's", key="https://example.test/other")
        await server.redis.hset(PLACE.entries, mapping={"v": b"", variant_name(()): encode(other, other.body)})
        await misses_then_stores(one)


async def test_a_lock_of_another_type_is_a_miss(server: RedisServer) -> None:
    async with node(server.url) as one:
        await server.redis.rpush(PLACE.lock, "a")
        assert (await one.find(lock=True)).stored is None
        assert one.tier.available


async def test_what_a_forgotten_purge_may_have_taken_hard_is_not_served_stale(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(stale_while_revalidate_s=600.0, stale_if_error_s=600.0))
    await server.redis.delete(Keys("test").purge_state, Keys("test").purge_events)
    async with node(server.url) as other:
        stored = (await other.find()).stored
        assert stored is not None
        assert stored.fresh_until <= wall_clock()
        assert stored.must_revalidate
        assert (stored.stale_while_revalidate_s, stored.stale_if_error_s) == (0.0, 0.0)


async def test_what_was_stored_by_a_clock_far_ahead_is_validated(server: RedisServer) -> None:
    now = wall_clock()
    async with node(server.url) as one:
        await one.store(a_response(born=now + CLOCKS_APART_S + 60, fresh_until=now + 600, keep_until=now + 600))
        stored = (await one.find()).stored
        assert stored is not None
        assert stored.fresh_until <= wall_clock()


async def test_what_was_stored_by_a_clock_a_little_ahead_is_fresh(server: RedisServer) -> None:
    now = wall_clock()
    async with node(server.url) as one:
        await one.store(a_response(born=now + CLOCKS_APART_S / 2, fresh_until=now + 600, keep_until=now + 600))
        stored = (await one.find()).stored
        assert stored is not None
        assert stored.fresh_until == now + 600
