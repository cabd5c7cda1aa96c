"""Every endpoint of the table is there, and nothing else."""

from __future__ import annotations

import pytest
from kit.admin import Visitor

from proxy.admin.edge_pages import EdgePages
from proxy.admin.endpoint import Endpoint
from proxy.admin.endpoints import ENDPOINTS
from proxy.admin.pages import Pages


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: f"{each.method} {each.path}")
def test_every_endpoint_has_its_page(endpoint: Endpoint) -> None:
    assert [callable(getattr(pages, endpoint.page, None)) for pages in (Pages, EdgePages)].count(True) == 1


async def test_the_routes_are_those_of_the_table(visitor: Visitor) -> None:
    app = visitor.admin._runner.app
    routes = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource is not None}
    gets = {("HEAD", each.path) for each in ENDPOINTS if each.method == "GET"}
    assert routes == {(each.method, each.path) for each in ENDPOINTS} | gets


async def test_head_is_as_good_as_get(visitor: Visitor) -> None:
    async with visitor.session.head(visitor.url + "/config") as response:
        assert (response.status, await response.read()) == (200, b"")


async def test_an_expectation_that_nobody_knows_is_passed_over(visitor: Visitor) -> None:
    assert (await visitor.get("/config", {"Expect": "the-moon"}))[0] == 200
