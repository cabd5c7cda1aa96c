"""Which parts of the running graph the next one keeps, and which it makes anew."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from kit.exchanges import make_exchange
from kit.received import kept
from kit.reloaded import BASE, Site, filters, route, with_

from config.own_modules import import_from
from proxy.access_log import AccessLog
from proxy.cache.cache import Cache
from proxy.errors import StartError
from proxy.listener import Graph
from proxy.messages import Headers
from proxy.upstream.upstream import Upstream


@pytest.fixture
async def site(tmp_path: pathlib.Path) -> AsyncIterator[Site]:
    site = Site(tmp_path)
    yield site
    await site.close()


def upstream(graph: Graph) -> Upstream:
    return graph.upstreams["api"]


def cache(graph: Graph) -> Cache:
    return graph.caches["default"]


def log(graph: Graph) -> AccessLog | None:
    return graph.listeners[0].access_log


# -- upstreams and caches


def test_equal_upstreams_keep_their_connections(site: Site) -> None:
    before = site.build()
    after = site.build(upstreams=with_(BASE["upstreams"], other={"endpoints": ["127.0.0.1:7"]}))
    assert upstream(after) is upstream(before) is route(after, "a").cache._origin  # type: ignore[union-attr]
    assert after.upstreams["other"] is not before.upstreams["other"]
    assert route(after, "b").origin is after.upstreams["other"]


def test_an_upstream_whose_authority_has_changed_is_new(site: Site, certificates: dict[str, str]) -> None:
    ca = site.directory / "ca.pem"
    ca.write_bytes((pathlib.Path(certificates["TLS_DIR"]) / "ca.pem").read_bytes())
    tls = with_(BASE["upstreams"], api={"endpoints": ["localhost:9"], "tls": {"ca": "ca.pem"}})
    before = site.build(upstreams=tls)
    assert upstream(site.build()) is upstream(before)
    ca.write_text(f"another\n{ca.read_text()}")
    assert upstream(site.build()) is not upstream(before)


def test_equal_caches_keep_what_they_hold(site: Site) -> None:
    before = site.build()
    after = site.build(upstreams={"api": {"endpoints": ["127.0.0.1:7"]}, "other": {"endpoints": ["127.0.0.1:8"]}})
    assert cache(after) is cache(before)
    assert route(after, "a").cache.cache is cache(before)  # type: ignore[union-attr]


@pytest.mark.parametrize("settings", [{"memory": "32MiB"}, {"memory": "64MiB", "redis": "redis://127.0.0.1:1"}])
def test_a_cache_with_other_settings_is_new(site: Site, settings: dict[str, Any]) -> None:
    before = site.build()
    assert cache(site.build(caches={"default": settings})) is not cache(before)


def test_what_a_cache_holds_is_found_after_a_reload(site: Site) -> None:
    stored = kept("Cache-Control: max-age=60")
    cache(site.build()).put(stored)
    assert cache(site.build(workers=2)).find(stored.key, Headers()) is stored


def test_a_purge_follows_the_routes_that_there_are_now(site: Site) -> None:
    before = site.build()
    assert set(cache(before).users) == {route(before, "a").cache}
    sorting = {"use": "default", "key": {"sort_query": True}}
    after = site.build(routes=[with_(each, cache=sorting) for each in BASE["routes"]])
    site.graphs = [after]
    del before
    assert {user.rules.sort_query for user in cache(after).users} == {True}


# -- native filters


def test_equal_filters_are_the_same_objects(site: Site) -> None:
    before = site.build()
    after = site.build(workers=2)
    for name in "abc":
        assert filters(after, name) == filters(before, name)
    assert len({id(filter) for name in "abc" for filter in filters(after, name)}) == 4


def test_filters_with_other_options_are_new_and_the_rest_stays(site: Site) -> None:
    before = site.build()
    after = site.build(filters={"limit": {"type": "rate_limit", "rate": "3/h"}})
    assert filters(after, "a")[0] is not filters(before, "a")[0]
    assert filters(after, "a")[1] is filters(before, "a")[1]
    assert filters(after, "b")[0] is not filters(before, "b")[0]


def test_each_route_keeps_its_own_of_two_filters_that_are_alike(site: Site) -> None:
    before = site.build()
    a, b, c = BASE["routes"]
    after = site.build(routes=[c, b, a])
    assert filters(after, "b") == filters(before, "b")
    assert filters(after, "c") == filters(before, "c")
    assert filters(after, "b") != filters(after, "c")


async def test_a_rate_limit_counts_on(site: Site) -> None:
    async def status(graph: Graph) -> int | None:
        answer = await route(graph, "a").chain.request(make_exchange())
        return None if answer is None else answer.status

    assert await status(site.build()) is None
    assert await status(site.build(workers=2)) == 429


# -- the access log


def test_the_access_log_stays_open(site: Site) -> None:
    before = site.build(access_log={"path": "access.log", "fields": ["path"]})
    after = site.build(workers=2)
    assert log(after) is log(before) is not None
    assert log(site.build(access_log={"path": "other.log", "fields": ["path"]})) is not log(before)


# -- python filters

MINE = "from proxy.filter import Filter\nclass Mine(Filter):\n    word = 'old'\n"


@pytest.fixture
def with_module(site: Site) -> Iterator[Site]:
    import_from(site.directory)
    (site.directory / "kept_module.py").write_text(MINE)
    site.data["filters"]["mine"] = {"type": "python", "module": "kept_module:Mine"}
    site.data["routes"][0]["filters"] = ["limit", "mine"]
    yield site
    sys.modules.pop("kept_module", None)
    sys.path.remove(str(site.directory))


def test_a_python_filter_whose_code_is_the_same_stays(with_module: Site) -> None:
    before = with_module.build()
    after = with_module.build(workers=2)
    assert filters(after, "a") == filters(before, "a")


def test_a_python_filter_whose_code_has_changed_is_new(with_module: Site) -> None:
    before = with_module.build()
    (with_module.directory / "kept_module.py").write_text(MINE.replace("old", "new"))
    after = with_module.build()
    assert [filters(each, "a")[1].word for each in (before, after)] == ["old", "new"]  # type: ignore[attr-defined]
    assert filters(after, "a")[0] is filters(before, "a")[0]


def test_code_that_fails_refuses_the_graph_and_leaves_the_running_one_its_module(with_module: Site) -> None:
    before = with_module.build()
    module = sys.modules["kept_module"]
    (with_module.directory / "kept_module.py").write_text("1 / 0")
    with pytest.raises(StartError, match=r"filters\.mine: module 'kept_module' fails when imported: ZeroDivisionError"):
        with_module.build()
    assert sys.modules["kept_module"] is module
    (with_module.directory / "kept_module.py").write_text(MINE)
    assert filters(with_module.build(), "a") == filters(before, "a")
