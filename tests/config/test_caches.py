"""From the caches of a configuration to those of a worker."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from kit import FakeOrigin, Proxy, in_front_of
from kit.checking import Checking

from config.build import build
from config.caches import settings_of
from proxy.cache.redis_settings import RedisSettings
from proxy.listener import Graph
from proxy.metrics import Registry


def configuration(**caches: Any) -> str:
    return in_front_of(
        "127.0.0.1:9000",
        caches={"default": {"memory": "64MiB"}, **caches},
        route={"cache": {"use": "default", "ttl": {"max": "1h"}, "key": {"sort_query": True}}},
        routes=[
            {"name": "same", "upstream": "origin", "cache": "default"},
            {"name": "plain", "upstream": "origin"},
            {"name": "own", "filters": [{"type": "respond", "status": 200}]},
        ],
    )


@pytest.fixture
def graph(checked: Checking) -> Graph:
    return built(checked, configuration())


def built(checked: Checking, text: str) -> Graph:
    report = checked(text)
    assert report.configuration is not None, report.errors
    return build(report.configuration, Registry())


def test_a_cache_is_one_for_all_its_routes_and_each_has_its_own_way_with_it(graph: Graph) -> None:
    same, plain, own, last = graph.listeners[0].router.routes
    assert same.cache is not None
    assert last.cache is not None
    assert same.cache.cache is last.cache.cache is graph.caches["default"]
    assert (same.cache.policy.max_ttl_s, last.cache.policy.max_ttl_s) == (float("inf"), 3600.0)
    assert (same.cache.rules.sort_query, last.cache.rules.sort_query) == (False, True)
    assert plain.cache is own.cache is None


def test_a_cache_has_the_memory_that_is_given(graph: Graph) -> None:
    cache = graph.caches["default"]
    assert (cache.memory.limit_bytes, cache.max_object_bytes, cache.shared) == (64 * 1024**2, 8 * 1024**2, None)


def test_a_listeners_routes_share_what_is_cached(checked: Checking) -> None:
    whole = json.loads(configuration())
    whole["listeners"].append({"name": "other", "address": "127.0.0.1:0"})
    one, other = built(checked, json.dumps(whole)).listeners
    assert one.router.routes[0].cache is other.router.routes[0].cache


def test_the_shared_tiers_files_are_found_beside_the_configuration(
    checked: Checking, tmp_path: pathlib.Path, certificates: dict[str, str]
) -> None:
    for name in ("ca.pem", "server.crt", "server.key"):
        (tmp_path / name).write_bytes((pathlib.Path(certificates["TLS_DIR"]) / name).read_bytes())
    redis = {"url": "rediss://h", "timeout": "20ms", "ca": "ca.pem", "cert": "server.crt", "key": "server.key"}
    found = checked(configuration(default={"redis": redis})).configuration
    assert found is not None
    said = found.config.caches["default"].redis
    assert said is not None
    files = {name: str(tmp_path / redis[name]) for name in ("ca", "cert", "key")}
    assert settings_of(found, said) == RedisSettings("rediss://h", timeout_s=0.02, **files)


async def test_a_route_with_a_cache_answers_from_it() -> None:
    head = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nok"
    async with FakeOrigin() as origin:
        text = in_front_of(origin, caches={"default": {}}, route={"cache": "default"})
        async with Proxy(text) as proxy:
            client = await proxy.connect()
            await client.send(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
            upstream = await origin.accept()
            await upstream.expect_message()
            await upstream.send(head)
            await client.expect_response(200, body=b"ok")
            await client.send(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
            answer = await client.expect_response(200, body=b"ok")
            assert (answer.get("cache-status") or "").startswith("penstock; hit")
