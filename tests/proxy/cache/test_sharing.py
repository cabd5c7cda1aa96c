"""Two nodes and a second tier between them and the origin."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from kit import FakeClock, FakeOrigin, Proxy, eventually, in_front_of
from kit.caching import FRESH, NAME, Answers, Site, answer, chunked, status_of
from kit.clock import LATER_S
from kit.redis import RedisServer

from proxy.cache.purge import Purge

LARGE = bytes(range(256)) * 4096


class Nodes:
    """Proxies that share a tier, each with a memory of its own."""

    def __init__(self, url: str, origin: FakeOrigin, answers: Answers, clock: FakeClock, stack: AsyncExitStack) -> None:
        self.url, self.origin, self.answers, self.clock, self._stack = url, origin, answers, clock, stack

    async def node(self) -> Site:
        redis = {"url": self.url, "timeout": "1s"}
        text = in_front_of(
            self.origin, caches={NAME: {"memory": "64MiB", "redis": redis}}, route={"cache": {"use": NAME}}
        )
        return Site(await self._stack.enter_async_context(Proxy(text)), self.origin, self.answers, self.clock)


async def written(site: Site) -> None:
    """See that the tier has taken all there was to write."""
    assert site.cache.shared is not None
    tier = site.cache.shared
    assert await eventually(lambda: tier.describe()["backlog_bytes"] == 0)
    await site.settled()


@pytest.fixture
async def nodes(server: RedisServer) -> AsyncIterator[Nodes]:
    answers = Answers(answer(b"one", FRESH))
    async with AsyncExitStack() as stack:
        clock = stack.enter_context(FakeClock(LATER_S, "wall_clock"))
        origin = await stack.enter_async_context(FakeOrigin(answers))
        yield Nodes(server.url, origin, answers, clock, stack)


async def test_what_one_node_fetched_another_finds(nodes: Nodes) -> None:
    one, other = await nodes.node(), await nodes.node()
    await one.get()
    await written(one)
    nodes.clock.advance(5)
    found = await other.get()
    assert (found.body, found.get("Age"), status_of(found)) == (b"one", "5", "hit; ttl=55; detail=fresh")
    assert other.cache.memory.count == 1
    assert len(nodes.answers.asked) == 1


async def test_a_large_body_is_streamed_from_the_tier_into_memory(nodes: Nodes) -> None:
    nodes.answers.then(answer(LARGE, FRESH))
    one, other = await nodes.node(), await nodes.node()
    assert (await one.get()).body == LARGE
    await written(one)
    clients = [await other.ask() for _ in range(3)]
    for client in clients:
        assert (await client.expect_response(200)).body == LARGE
    await other.settled()
    assert other.cache.memory.count == 1
    assert len(nodes.answers.asked) == 1


async def test_a_range_of_a_large_body_is_cut_from_the_stream(nodes: Nodes) -> None:
    nodes.answers.then(answer(LARGE, FRESH))
    one, other = await nodes.node(), await nodes.node()
    await one.get()
    await written(one)
    part = await other.get("/", "Range: bytes=500000-500003")
    assert (part.status, part.body) == (206, LARGE[500_000:500_004])
    await other.settled()
    assert other.cache.memory.count == 1


async def test_what_is_stale_in_the_tier_is_validated(nodes: Nodes) -> None:
    nodes.answers.then(
        answer(LARGE, FRESH, 'ETag: "1"'),
        b'HTTP/1.1 304 It\r\nETag: "1"\r\nCache-Control: max-age=60\r\n\r\n',
    )
    one, other = await nodes.node(), await nodes.node()
    await one.get()
    await written(one)
    nodes.clock.advance(61)
    found = await other.get()
    assert found.body == LARGE
    assert status_of(found).startswith("fwd=")
    assert nodes.answers.asked[1].get("If-None-Match") == '"1"'
    await written(other)
    assert status_of(await other.get()).startswith("hit")


async def test_what_is_stale_in_the_tier_too_is_refreshed_behind(nodes: Nodes) -> None:
    said = "Cache-Control: max-age=10, stale-while-revalidate=60"
    nodes.answers.then(answer(b"old", said), answer(b"new", said))
    one = await nodes.node()
    await one.get()
    await written(one)
    nodes.clock.advance(11)
    assert (await one.get()).body == b"old"
    await written(one)
    assert (await one.get()).body == b"new"
    assert len(nodes.answers.asked) == 2


async def test_nodes_that_miss_at_once_fetch_once(nodes: Nodes) -> None:
    one, other = await nodes.node(), await nodes.node()
    nodes.answers.hold()
    first = await one.ask()
    await one.asked_times(1)
    second = await other.ask()
    await one.asked_times(1)
    nodes.answers.release()
    for client in (first, second):
        await client.expect_response(200, body=b"one")
    assert len(nodes.answers.asked) == 1
    await one.settled()
    await other.settled()


async def test_a_node_that_waited_in_vain_fetches_itself(nodes: Nodes) -> None:
    one, other = await nodes.node(), await nodes.node()
    nodes.answers.hold()
    first = await one.ask()
    await one.asked_times(1)
    second = await other.ask()
    assert await eventually(lambda: len(nodes.answers.asked) == 2)
    nodes.answers.release()
    for client in (first, second):
        await client.expect_response(200, body=b"one")


async def test_what_proves_uncacheable_lets_other_nodes_go_on(nodes: Nodes) -> None:
    nodes.answers.then(answer(b"mine", "Cache-Control: private"))
    one, other = await nodes.node(), await nodes.node()
    for _ in range(2):
        assert (await one.get()).body == (await other.get()).body == b"mine"
    assert len(nodes.answers.asked) == 4
    await one.settled()


async def test_only_if_cached_asks_the_tier_but_not_the_origin(nodes: Nodes) -> None:
    one, other = await nodes.node(), await nodes.node()
    only = "Cache-Control: only-if-cached"
    assert (await one.get("/", only)).status == 504
    assert (await one.get()).body == b"one"
    await written(one)
    assert (await other.get("/", only)).body == b"one"
    assert len(nodes.answers.asked) == 1


async def test_a_purge_reaches_the_other_node_and_the_tier(nodes: Nodes) -> None:
    one, other = await nodes.node(), await nodes.node()
    await one.get()
    await written(one)
    await other.get()
    nodes.answers.then(answer(b"two", FRESH))
    assert await one.cache.purge(Purge("url", "http://example.test/", hard=True), publish=True) == {"purged": "shared"}
    assert (await one.get()).body == b"two"
    await written(one)
    assert await eventually(lambda: other.cache.purges.version > 0)
    assert (await other.get()).body == b"two"
    assert len(nodes.answers.asked) == 2


async def test_a_truncated_body_reaches_no_other_node(nodes: Nodes) -> None:
    nodes.answers.then(chunked(FRESH) + b"4\r\nhalf\r\n", b"")
    one, other = await nodes.node(), await nodes.node()
    client = await one.ask()
    await client.expect_until(b"half\r\n")
    for wire in nodes.origin.connections:
        wire.reset()
    await client.expect_cut()
    await written(one)
    nodes.answers.then(answer(b"whole", FRESH))
    assert (await other.get()).body == b"whole"


async def test_a_tier_that_goes_away_is_missed_by_nobody(nodes: Nodes, server: RedisServer) -> None:
    one = await nodes.node()
    await one.get()
    await server.kill()
    assert (await one.get("/other")).body == b"one"
    assert (await one.get()).body == b"one"
    await one.settled()
