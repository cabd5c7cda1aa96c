"""A thousand who ask at once for what nobody has: the origin is asked once, by all nodes together a few times."""

import json
import pathlib
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest
from kit import FakeOrigin, Proxy, eventually, get
from kit.cache_load import Echoing, body_of, caching
from kit.redis import RedisServer, backends
from kit.running import running
from kit.wire import connect

CLIENTS = 1000
PATIENCE_S = 5.0
"""For the shared tier: here the clients' thousand answers keep the loop of the nodes busy."""
FOR_LARGE = 40
"""Enough for a body of which each reader is given a copy: their test takes it in this very loop."""
BACKENDS = pytest.mark.parametrize("backend", backends())


async def stampede(nodes: Sequence[Proxy], target: str, count: int = CLIENTS) -> None:
    """Ask all nodes at once, so often together, and see every answer be right."""
    clients = [await nodes[number % len(nodes)].connect() for number in range(count)]
    for client in clients:
        client.transport.write(get(target))
    for client in clients:
        await client.expect_response(200, body=body_of(target))


async def asked(nodes: int, url: str | None, target: str = "/page", clients: int = CLIENTS) -> int:
    """Return how often the origin is asked when the clients of so many nodes ask at once."""
    echoing = Echoing(takes_s=0.2)
    async with FakeOrigin(echoing) as origin, AsyncExitStack() as stack:
        proxies = [
            await stack.enter_async_context(Proxy(caching(origin.address, url, PATIENCE_S))) for _ in range(nodes)
        ]
        await stampede(proxies, target, clients)
        for proxy in proxies:
            flights = proxy.graph.caches["default"].flights
            assert await eventually(lambda flights=flights: not len(flights))
        return len(echoing.asked)


async def test_one_node_asks_once() -> None:
    assert await asked(1, None) == 1


async def test_one_node_asks_once_for_a_large_body_too() -> None:
    assert await asked(1, None, "/large/page", FOR_LARGE) == 1


@BACKENDS
async def test_one_node_with_a_shared_tier_asks_once(backend: str) -> None:
    async with RedisServer(backend) as server:
        assert await asked(1, server.url) == 1


@BACKENDS
async def test_of_nodes_that_share_a_tier_hardly_more_than_one_asks(backend: str) -> None:
    async with RedisServer(backend) as server:
        assert 1 <= await asked(4, server.url) <= 2


@BACKENDS
async def test_a_node_asks_once_though_the_shared_tier_hangs(backend: str) -> None:
    echoing = Echoing(takes_s=0.2)
    async with (
        RedisServer(backend) as server,
        FakeOrigin(echoing) as origin,
        Proxy(caching(origin.address, server.url)) as proxy,
    ):
        server.pause()
        await stampede([proxy], "/page")
        assert echoing.asked == ["/page"]
        server.resume()


def has_written(node: Proxy) -> bool:
    """Tell whether the node has put into the shared tier what it fetched, which it does behind its answers."""
    stored = node.registry.cache_stores.child("default", "redis", "stored")
    return stored.value == 1


@BACKENDS
async def test_what_one_node_fetched_the_others_have(backend: str) -> None:
    echoing = Echoing()
    async with RedisServer(backend) as server, FakeOrigin(echoing) as origin:
        ours = caching(origin.address, server.url, PATIENCE_S)
        async with Proxy(ours) as one, Proxy(ours) as two:
            await stampede([one], "/page")
            assert await eventually(lambda: has_written(one))
            await stampede([two], "/page")
            assert echoing.asked == ["/page"]


@BACKENDS
async def test_of_two_workers_that_share_a_tier_hardly_more_than_one_asks(tmp_path: pathlib.Path, backend: str) -> None:
    echoing = Echoing(takes_s=0.2)
    async with RedisServer(backend) as server, FakeOrigin(echoing) as origin:
        configuration = json.loads(caching(origin.address, server.url, PATIENCE_S))
        configuration["listeners"][0]["name"] = "public"
        configuration |= {"workers": 2, "admin": {"address": "127.0.0.1:0"}}
        (tmp_path / "penstock.yaml").write_text(json.dumps(configuration))
        async with running(tmp_path) as run:
            host, _, port = run.url.removeprefix("http://").rstrip("/").rpartition(":")
            clients = [await connect((host, int(port))) for _ in range(CLIENTS)]
            for client in clients:
                client.transport.write(get("/page"))
            for client in clients:
                await client.expect_response(200, body=body_of("/page"))
            assert 1 <= len(echoing.asked) <= 2
            for client in clients:
                client.close()
