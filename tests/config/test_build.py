"""From a configuration to what a worker serves."""

from __future__ import annotations

import pathlib
from dataclasses import fields

import pytest
from kit import FakeOrigin, Proxy, get, in_front_of

from config.build import LIMIT_NAMES, build
from config.load import check
from config.schema import ListenerLimits, RouteLimits
from proxy.errors import StartError
from proxy.limits import Limits
from proxy.listener import Graph
from proxy.metrics import Registry

WHOLE = """\
version: 1
listeners:
  - {name: one, address: "127.0.0.1:1", trusted_hops: [10.0.0.0/8], limits: {body_bytes: 1KiB, idle_timeout: 5s}}
  - {name: two, address: "127.0.0.1:2"}
filters:
  shared: {type: rate_limit, rate: 5/s}
  open: {type: headers, on_error: open, request: {remove: [x]}}
upstreams:
  api:
    endpoints: [{address: "127.0.0.1:9000", weight: 2}, "unix:/run/a.sock"]
    timeouts: {connect: 2s}
    retries: {attempts: 3, on: [connect]}
  other: {endpoints: ["127.0.0.1:9001"]}
routes:
  - {name: a, listeners: [one], filters: [shared, open], upstream: api, limits: {body_bytes: 2KiB}}
  - name: b
    match: {hosts: [b.example]}
    filters:
      - shared
      - {use: shared, with: {rate: 9/s}, on_error: open}
      - {use: open, when: {method: [GET]}, on_error: closed}
      - {type: respond, body: hi}
    upstream: [{name: api, weight: 3}, {name: other, weight: 0}]
    allow_methods: [BREW]
    error_pages: {503: {body: busy}}
  - {name: c, filters: [shared, open, {use: shared, disable: true}], upstream: [api, {name: other, weight: 4}]}
error_pages: {404: {body: none}, 503: {path: busy.html}}
"""


@pytest.fixture
def graph(tmp_path: pathlib.Path) -> Graph:
    (tmp_path / "busy.html").write_text("<p>busy")
    report = check(WHOLE, tmp_path, {})
    assert report.configuration is not None, report.errors
    return build(report.configuration, Registry())


def test_each_listener_has_its_routes_in_order(graph: Graph) -> None:
    routes = {each.name: [route.name for route in each.router.routes] for each in graph.listeners}
    assert routes == {"one": ["a", "b", "c"], "two": ["b", "c"]}


def test_a_routes_limits_lie_over_its_listeners_and_those_over_the_defaults(graph: Graph) -> None:
    one, two = graph.listeners
    assert (one.limits.body_bytes, one.limits.idle_timeout_s, one.limits.header_bytes) == (1024, 5.0, 32768)
    assert [route.limits.body_bytes for route in one.router.routes] == [2048, 1024, 1024]
    assert two.router.routes[0].limits == two.limits == Limits()


def test_every_limit_can_be_set_and_no_other() -> None:
    assert set(LIMIT_NAMES) == set(ListenerLimits.model_fields)
    assert set(LIMIT_NAMES.values()) == {field.name for field in fields(Limits)}


def test_a_route_sets_what_acts_once_it_is_known() -> None:
    assert set(ListenerLimits.model_fields) - set(RouteLimits.model_fields) == {
        "request_line_bytes",
        "header_timeout",
        "idle_timeout",
        "connections",
    }


def test_an_upstream_of_weight_0_is_not_asked(graph: Graph) -> None:
    _, b, _ = graph.listeners[0].router.routes
    assert b.origin is graph.upstreams["api"]


def test_listeners_share_the_chain_and_the_origin_of_a_route(graph: Graph) -> None:
    first, second = graph.listeners[0].router.routes[2], graph.listeners[1].router.routes[1]
    assert first.chain is second.chain
    assert first.origin is second.origin


def test_a_routes_error_pages_lie_over_those_of_the_file(graph: Graph) -> None:
    a, b, _ = graph.listeners[0].router.routes
    assert {status: page.body for status, page in a.error_pages.items()} == {404: b"none", 503: b"<p>busy"}
    assert {status: page.body for status, page in b.error_pages.items()} == {404: b"none", 503: b"busy"}
    assert a.error_pages[503].content_type == "text/html"


def test_methods_let_through_reach_the_route(graph: Graph) -> None:
    assert graph.listeners[0].router.routes[1].methods_allowed == {"BREW"}


def test_a_log_that_cannot_be_opened_is_an_error_at_the_start(tmp_path: pathlib.Path) -> None:
    (tmp_path / "log").mkdir()
    report = check(f"{WHOLE.replace('path: busy.html', 'body: x')}access_log: {{path: log}}\n", tmp_path, {})
    assert report.configuration is not None
    with pytest.raises(StartError, match="access log"):
        build(report.configuration, Registry())


async def test_a_route_without_upstream_whose_filters_all_pass_answers_404() -> None:
    quiet = {"type": "respond", "status": 200, "body": "x", "when": {"header": {"x-say": True}}}
    async with FakeOrigin() as origin:
        text = in_front_of(origin, routes=[{"name": "quiet", "match": {"path": {"prefix": "/q"}}, "filters": [quiet]}])
        async with Proxy(text) as proxy:
            client = await proxy.connect()
            await client.send(get("/q"))
            await client.expect_response(404)


async def test_what_is_written_in_yaml_is_what_is_served() -> None:
    filters = [
        {"type": "headers", "request": {"set": {"x-edge": "penstock"}}, "when": {"query": {"edge": "1"}}},
        {"type": "rewrite", "path": {"strip_prefix": "/api"}},
    ]
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, route={"filters": filters})) as proxy:
        client = await proxy.connect()
        await client.send(get("/api/things?edge=1"))
        upstream = await origin.accept()
        request = await upstream.expect_request("GET", "/things?edge=1")
        assert request.get("x-edge") == "penstock"
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await client.expect_response(200, body=b"hi")
