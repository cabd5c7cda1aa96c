"""Which origin a route has, and what of it a cache may stand before."""

from __future__ import annotations

import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from kit.exchanges import make_exchange
from kit.function_site import FunctionSite

from config.origins import CachedFunction, Nobody, cacheable
from config.schema import Route
from proxy.errors import NoRoute
from wasm_host.functions.catalogue import Catalogue
from wasm_host.functions.origin import FunctionOrigin, FunctionsByPath


@pytest.fixture
async def site(tmp_path: pathlib.Path) -> AsyncIterator[FunctionSite]:
    site = FunctionSite(tmp_path)
    yield site
    await site.close()


def route(**said: Any) -> Route:
    return Route.model_validate({"name": "x", "match": {"path": {"prefix": "/fn"}}, **said})


async def test_without_an_origin_nobody_answers() -> None:
    with pytest.raises(NoRoute, match="the route has no upstream"):
        await Nobody().fetch(make_exchange())
    assert cacheable(route(filters=["x"]), Nobody()) is None


def test_a_cache_knows_a_function_by_a_name_that_no_upstream_has() -> None:
    named = cacheable(route(function="hello"), FunctionOrigin("hello", None))
    by_path = cacheable(route(function={"from_path": True}), FunctionsByPath(Catalogue(), "/fn"))
    assert isinstance(named, CachedFunction)
    assert isinstance(by_path, CachedFunction)
    assert (named.name, by_path.name) == ("function:hello", "function:*")
    assert named.choose() is named


async def test_fresh_answers_of_a_function_need_no_exchange(site: FunctionSite) -> None:
    site.data["caches"] = {"c": {"memory": "1MiB"}}
    site.data["routes"][0]["cache"] = "c"
    site.deploy("hello", "one")
    await site.turn()
    assert site.graphs[-1].listeners[0].router.routes[0].instant is not None
