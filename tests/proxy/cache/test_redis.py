"""The shared tier as a cache uses it, on a real server."""

import asyncio

import uvloop
from kit import eventually, no_leaks
from kit.redis import RedisServer
from kit.tiers import URL, a_response, node

from proxy.messages import Headers
from proxy.runtime import Strand, wall_clock


async def test_what_one_worker_stores_another_finds(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        stored = a_response(
            b"hello",
            must_revalidate=True,
            last_modified=b"Sat, 01 Jan 2022 00:00:00 GMT",
            stale_while_revalidate_s=3.0,
            stale_if_error_s=4.0,
            tags=("a", "b"),
        )
        await one.store(stored)
        found = (await other.find()).stored
        assert found is not None
        for name in type(stored).__slots__:
            assert getattr(found, name) == getattr(stored, name), name


async def test_what_nobody_stored_is_a_miss(server: RedisServer) -> None:
    async with node(server.url) as one:
        found = await one.find()
        assert (found.stored, found.body, found.locked_elsewhere) == (None, None, False)


async def test_caches_of_different_names_share_nothing(server: RedisServer) -> None:
    async with node(server.url, "one") as one, node(server.url, "other") as other:
        await one.store(a_response())
        assert await other.body() is None


async def test_a_lookup_is_one_round_trip(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response())
        await one.find()
        before = await server.reads()
        assert (await one.find()).stored is not None
        # This question, the lookup, and at most one look for purges that fell between.
        assert await server.reads() - before <= 3


async def test_lookups_of_one_turn_share_a_round_trip(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response())
        await one.find()
        before = await server.reads()
        found = await asyncio.gather(*(one.find() for _ in range(100)))
        assert all(each.stored is not None for each in found)
        # As above; a hundred commands may arrive in two pieces.
        assert await server.reads() - before <= 5


async def test_every_lookup_is_one_script_call(server: RedisServer) -> None:
    async with node(server.url) as one:
        await asyncio.gather(*(one.find() for _ in range(10)))
        before = await server.calls("evalsha")
        await asyncio.gather(*(one.find() for _ in range(50)))
        assert await server.calls("evalsha") - before == 50


async def test_a_strand_can_look_up(server: RedisServer) -> None:
    found = []

    async def exchange() -> None:
        found.append(await one.tier.find(URL, Headers()))
        found.append(await one.tier.find(URL, Headers()))

    async with node(server.url) as one:
        await one.store(a_response())
        Strand(exchange()).step()
        assert await eventually(lambda: len(found) == 2)
        assert all(each.stored is not None for each in found)


async def test_an_exchange_that_fails_when_woken_harms_no_other(server: RedisServer) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("from the exchange")

    async with node(server.url) as one:
        await one.store(a_response())
        one.tier.find(URL, Headers()).on_done(fail)
        assert await one.body() == b"hello"
        assert await one.body() == b"hello"


async def test_a_client_that_leaves_harms_no_other(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response())
        left, stays = one.tier.find(URL, Headers()), one.tier.find(URL, Headers())
        left.cancel()
        assert (await stays).stored is not None


async def test_the_server_forgets_a_response_by_itself(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(lasting_s=0.2))
        assert await one.body() == b"hello"
        keys = await server.redis.keys("*:entries")
        assert len(keys) == 1
        await asyncio.sleep(0.3)
        assert await server.redis.exists(*keys) == 0


async def test_a_response_past_keeping_is_not_found_though_its_variants_are(server: RedisServer) -> None:
    async with node(server.url) as one:
        short = a_response(b"short", lasting_s=0.1, vary=(b"accept",), variant=(b"a",))
        await one.store(short, a_response(b"long", vary=(b"accept",), variant=(b"b",)))
        await asyncio.sleep(0.15)
        assert (await one.find(accept="a")).stored is None
        assert (await one.find(accept="b")).stored is not None


async def test_variants_are_selected_inside_the_server(server: RedisServer) -> None:
    async with node(server.url) as one:
        for language in (b"de", b"en", None):
            await one.store(a_response(language or b"none", vary=(b"x-language",), variant=(language,)))
        for fields, body in (({"x_language": "de"}, b"de"), ({"x_language": "en"}, b"en"), ({}, b"none")):
            found = await one.find(x_other="1", **fields)
            assert found.stored is not None
            assert found.stored.body == body
        assert (await one.find(x_language="fr")).stored is None


async def test_long_selecting_values_are_told_apart(server: RedisServer) -> None:
    async with node(server.url) as one:
        first, second = "a" * 5000 + "1", "a" * 5000 + "2"
        await one.store(a_response(b"first", vary=(b"cookie",), variant=(first.encode(),)))
        assert (await one.find(cookie=second)).stored is None
        assert (await one.find(cookie=first)).stored is not None


async def test_a_response_with_another_vary_displaces_the_variants(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(b"old", vary=(b"accept",), variant=(b"a",)))
        await one.store(a_response(b"new", vary=(b"x-user",), variant=(b"1",)))
        assert (await one.find(accept="a")).stored is None
        assert (await one.find(x_user="1")).stored is not None


async def test_the_variants_of_one_resource_are_bounded(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(*(a_response(vary=(b"x-user",), variant=(b"%d" % number,)) for number in range(200)))
        (key,) = await server.redis.keys("*:entries")
        assert await server.redis.hlen(key) == 64 + 1
        assert (await one.find(x_user="199")).stored is not None


async def test_the_newest_of_a_selection_is_found(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(b"old"), a_response(b"new"))
        assert await one.body() == b"new"


async def test_a_dropped_resource_is_gone_with_all_variants(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response(vary=(b"accept",), variant=(b"a",)))
        one.tier.drop(URL)
        await one.written()
        assert (await one.find(accept="a")).stored is None


async def test_one_of_many_gets_the_lock(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        assert not (await one.find(lock=True)).locked_elsewhere
        assert (await other.find(lock=True)).locked_elsewhere
        assert not (await one.find(lock=True)).locked_elsewhere  # It is its own.


async def test_nobody_locks_without_asking_for_it(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        await one.find()
        assert not (await other.find(lock=True)).locked_elsewhere


async def test_a_lock_is_released_once_the_response_is_there(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        await one.find(lock=True)
        one.tier.put(a_response())
        one.tier.unlock(URL)
        await one.written()
        found = await other.find(lock=True)
        assert found.stored is not None
        assert await server.redis.keys("*:lock") == []


async def test_nobody_releases_anothers_lock(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other, node(server.url) as third:
        await one.find(lock=True)
        other.tier.unlock(URL)
        await other.written()
        assert (await third.find(lock=True)).locked_elsewhere


async def test_a_lock_whose_owner_is_gone_expires(server: RedisServer) -> None:
    async with node(server.url, lock_s=0.2) as one, node(server.url) as other:
        await one.find(lock=True)
        assert (await other.find(lock=True)).locked_elsewhere
        await asyncio.sleep(0.25)
        assert not (await other.find(lock=True)).locked_elsewhere


async def test_who_leaves_before_its_lock_comes_gives_it_back(server: RedisServer) -> None:
    async with node(server.url) as one, node(server.url) as other:
        await one.find()
        server.pause()
        waiter = one.tier.find(URL, Headers(), lock=True)
        await asyncio.sleep(0.05)
        waiter.cancel()
        server.resume()
        await asyncio.sleep(0.05)
        await one.find()
        await one.written()
        assert not (await other.find(lock=True)).locked_elsewhere


async def test_a_closed_tier_leaves_nothing_behind(server: RedisServer) -> None:
    async with no_leaks():
        async with node(server.url) as one:
            await one.store(a_response())
            await one.body()
            waiter = one.tier.find(URL, Headers())
            one.tier.put(a_response(b"x" * 1_000_000))
        assert (await waiter).stored is None
        assert (await one.find()).stored is None


async def test_the_tier_tells_its_state(server: RedisServer) -> None:
    async with node(server.url) as one:
        described = one.tier.describe()
        assert described["available"] is True
        assert abs(described["generation"] / 1000 - wall_clock()) < 60
        assert one.up == 1


def test_it_runs_on_uvloop() -> None:
    async def dialogue() -> bytes | None:
        async with RedisServer() as server, node(server.url) as one:
            await one.store(a_response(b"x" * 300_000))
            return await one.body()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(dialogue()) == b"x" * 300_000
