"""A purge that a node could not hear of: it is known there before anything is served from memory again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

import pytest
from kit import FakeOrigin, Proxy, eventually, get, turn_when
from kit.cache_load import caching
from kit.caching import Answers, answer
from kit.redis import RedisServer, backends
from kit.redis_gate import Gate

from proxy.cache.cache import Cache
from proxy.cache.purge import Purge

BACK_WITHIN_S = 8.0
OLD = answer(b"old", "Cache-Control: max-age=600, stale-while-revalidate=600", "Surrogate-Key: news", 'ETag: "old"')
NEW = answer(b"new", "Cache-Control: max-age=600", "Surrogate-Key: news", 'ETag: "new"')
Name = Literal["url", "tag", "prefix", "all"]
PURGES: dict[Name, str] = {"url": "http://example.test/", "tag": "news", "prefix": "http://example.test", "all": ""}


def cache_of(node: Proxy) -> Cache:
    return node.graph.caches["default"]


def is_available(node: Proxy) -> bool:
    shared = cache_of(node).shared
    return shared is not None and shared.available


async def body(node: Proxy) -> bytes:
    client = await node.connect()
    await client.send(get())
    answered = await client.expect_response(200)
    client.close()
    return answered.body


@dataclass
class Nodes:
    """Two that share a Redis, which `there` reaches through a gate; both hold the same old answer in memory."""

    here: Proxy
    there: Proxy
    gate: Gate
    server: RedisServer
    answers: Answers


@asynccontextmanager
async def two_nodes(backend: str = "redis") -> AsyncIterator[Nodes]:
    answers = Answers(OLD)
    async with RedisServer(backend) as server, Gate(server) as gate, FakeOrigin(answers) as origin:
        ours, theirs = caching(origin.address, server.url), caching(origin.address, gate.url)
        async with Proxy(ours) as here, Proxy(theirs) as there:
            for node in (here, there):
                assert await body(node) == b"old"
            answers.then(NEW)
            yield Nodes(here, there, gate, server, answers)


@pytest.mark.parametrize("hard", [False, True], ids=["soft", "hard"])
@pytest.mark.parametrize("kind", PURGES)
@pytest.mark.parametrize("backend", backends())
async def test_it_is_known_before_the_tier_is_used_again(backend: str, kind: Name, hard: bool) -> None:
    async with two_nodes(backend) as nodes:
        await nodes.gate.shut()
        assert await eventually(lambda: not is_available(nodes.there))
        outcome = await cache_of(nodes.here).purge(Purge(kind, PURGES[kind], hard), publish=True)
        assert outcome == {"purged": "shared"}
        assert await body(nodes.there) == b"old"
        await nodes.gate.reopen()
        await turn_when(lambda: is_available(nodes.there))
        assert cache_of(nodes.there).purges.version, "the tier is used, and the purge is not known"
        served = await body(nodes.there)
        assert served == b"new" if hard else served in (b"old", b"new")
        assert await eventually(lambda: len(nodes.answers.asked) > 1), "it was not validated"


async def test_one_that_was_made_here_while_redis_was_away_is_told_to_the_others() -> None:
    async with two_nodes() as nodes:
        await nodes.gate.shut()
        assert await eventually(lambda: not is_available(nodes.there))
        outcome = await cache_of(nodes.there).purge(Purge("tag", "news", hard=True), publish=True)
        assert outcome == {"purged": "local, and shared once the tier is back"}
        assert await body(nodes.here) == b"old"
        await nodes.gate.reopen()
        assert await eventually(lambda: is_available(nodes.there), BACK_WITHIN_S)
        assert await eventually(lambda: cache_of(nodes.here).purges.version > 0, 2.0), "it was never told"
        assert await body(nodes.here) == b"new"


@pytest.mark.parametrize("how", ["flushed", "restarted"])
async def test_after_redis_lost_its_log_nothing_is_served_that_was_not_validated(how: str) -> None:
    async with two_nodes() as nodes:
        if how == "flushed":
            await nodes.server.flush()
        else:
            await nodes.server.restart()
        assert await eventually(lambda: cache_of(nodes.there).purges.version > 0, BACK_WITHIN_S)
        assert await body(nodes.there) == b"new"


async def test_an_answer_asked_for_before_a_purge_and_received_after_it_is_purged_on_every_node() -> None:
    async with two_nodes() as nodes:
        await cache_of(nodes.here).purge(Purge("all", "", hard=True), publish=True)
        assert await eventually(lambda: cache_of(nodes.there).purges.version > 0)
        nodes.answers.then(OLD)
        nodes.answers.hold()
        client = await nodes.there.connect()
        await client.send(get())
        assert await eventually(lambda: len(nodes.answers.asked) == 2)
        await cache_of(nodes.here).purge(Purge("all", "", hard=True), publish=True)
        nodes.answers.release()
        await client.expect_response(200, body=b"old")
        nodes.answers.then(NEW)
        assert await eventually(lambda: cache_of(nodes.there).purges.version > 1)
        for node in (nodes.here, nodes.there):
            assert await body(node) == b"new"
