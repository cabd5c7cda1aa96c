"""After known traffic: exactly the expected samples, and log lines that name who answered and why."""

import asyncio
import json
from pathlib import Path
from typing import Any

from kit import FakeOrigin, Proxy, Wire, answering, eventually, get, in_front_of, post
from kit.addresses import closed_address
from prometheus_client.parser import text_string_to_metric_families

from proxy.exposition import render

Samples = dict[tuple[str, ...], float]
FIELDS = ["method", "path", "status", "bytes", "route", "answered_by", "reason", "upstream", "endpoint", "attempts"]


def scraped(proxy: Proxy) -> dict[str, Samples]:
    """Return what /metrics would show, by family: label values in alphabetical order of their names."""
    text, _ = render(proxy.registry.snapshot(), [], "")
    found: dict[str, Samples] = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            if sample.name.startswith("penstock_"):
                labels = tuple(value for _, value in sorted(sample.labels.items()))
                found.setdefault(sample.name.removeprefix("penstock_"), {})[labels] = sample.value
    return found


def routes(origin: FakeOrigin, dead: str) -> str:
    """Write the configuration of a route to a good origin, one to a dead one, and one that a filter answers."""
    forbid = {"name": "inner", "match": {"path": {"prefix": "/inner"}}, "filters": ["forbid"]}
    down = {"name": "down", "match": {"path": {"prefix": "/down"}}, "upstream": "dead"}
    return in_front_of(
        routes=[forbid, down],
        route={"match": {"hosts": ["example.test"]}},
        filters={"forbid": {"type": "respond", "status": 403}},
        upstreams={"origin": {"endpoints": [{"address": origin.address}]}, "dead": {"endpoints": [{"address": dead}]}},
        access_log={"path": "access.log", "fields": FIELDS},
    )


async def traffic(proxy: Proxy) -> None:
    """Make the traffic that the tests know."""
    client = await proxy.connect()
    for request, status in (
        (get("/a?secret=1"), 200),
        (post(b"hello", target="/b"), 200),
        (get("/a", method="HEAD"), 200),
        (get("/inner/x"), 403),
        (get("/down"), 502),
        (get("/a", host="other.test"), 404),
        (get("/a", method="MADE-UP"), 501),
    ):
        await client.send(request)
        await client.expect_response(status, to=request.split()[0].decode())
    refused = await proxy.connect()
    await refused.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    await refused.expect_response(400)
    await eventually(lambda: not proxy.in_flight)


async def test_a_scrape_shows_exactly_what_happened(tmp_path: Path) -> None:
    dead = closed_address()
    async with FakeOrigin(answering()) as origin, Proxy(routes(origin, dead), directory=tmp_path) as proxy:
        await traffic(proxy)
        samples = scraped(proxy)
        # code, listener, method, route
        assert samples["http_requests_total"] == {
            ("200", "test", "GET", "all"): 1,
            ("200", "test", "POST", "all"): 1,
            ("200", "test", "HEAD", "all"): 1,
            ("403", "test", "GET", "inner"): 1,
            ("502", "test", "GET", "down"): 1,
            ("404", "test", "GET", ""): 1,
            ("501", "test", "other", "all"): 1,
            ("400", "test", "other", ""): 1,
        }
        # filter, reason, route
        assert samples["http_local_responses_total"] == {
            ("forbid", "respond", "inner"): 1,
            ("proxy", "connect_failed", "down"): 1,
            ("proxy", "no_route", ""): 1,
            ("proxy", "unknown_method", "all"): 1,
            ("proxy", "host", ""): 1,
        }
        # code, endpoint, upstream
        assert samples["upstream_requests_total"] == {
            ("200", origin.address, "origin"): 3,
            ("0", dead, "dead"): 2,
        }
        assert samples["upstream_retries_total"] == {("dead",): 1, ("origin",): 0}
        assert samples["upstream_connections_reused_total"] == {("dead",): 0, ("origin",): 2}
        assert samples["http_requests_in_flight"] == {("test",): 0}
        # Histograms: the count of each route is that of its requests.
        assert samples["http_request_duration_seconds_count"] == {
            ("test", "all"): 4,
            ("test", "inner"): 1,
            ("test", "down"): 1,
            ("test", ""): 1,
        }


async def test_gauges_follow_what_is_open() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client, idle = await proxy.connect(), await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        samples = scraped(proxy)
        assert samples["downstream_connections"] == {("test",): 2}
        assert samples["http_requests_in_flight"] == {("test",): 1}
        assert samples["upstream_connections"] == {
            (origin.address, "open", "origin"): 1,
            (origin.address, "idle", "origin"): 0,
        }
        await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await client.expect_response(204)
        idle.close()
        assert await eventually(lambda: scraped(proxy)["downstream_connections"] == {("test",): 1})
        samples = scraped(proxy)
        assert samples["http_requests_in_flight"] == {("test",): 0}
        assert samples["upstream_connections"][(origin.address, "idle", "origin")] == 1
    samples = scraped(proxy)
    assert set(samples["upstream_connections"].values()) == {0}
    assert samples["downstream_connections"] == {("test",): 0}


async def test_the_duration_includes_the_body() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
        await asyncio.sleep(0.15)
        await upstream.send(b"b")
        await client.expect_response(200)
        await eventually(lambda: not proxy.in_flight)
        samples = scraped(proxy)
        assert samples["http_request_duration_seconds_sum"][("test", "all")] >= 0.15
        assert samples["upstream_request_duration_seconds_sum"][("origin",)] < 0.15


def logged(proxy: Proxy, directory: Path) -> list[dict[str, Any]]:
    log = proxy.graph.listeners[0].access_log
    assert log is not None
    log.close()
    return [json.loads(line) for line in (directory / "access.log").read_text().splitlines()]


async def test_each_line_names_who_answered_and_why(tmp_path: Path) -> None:
    dead = closed_address()
    async with FakeOrigin(answering()) as origin, Proxy(routes(origin, dead), directory=tmp_path) as proxy:
        await traffic(proxy)
        lines = logged(proxy, tmp_path)
    live = {"upstream": "origin", "endpoint": origin.address, "attempts": 1}
    nobody = {"upstream": None, "endpoint": None, "attempts": 0}
    by_origin = {"answered_by": "upstream", "reason": "", "route": "all", **live}
    expected: list[dict[str, Any]] = [
        {"method": "GET", "path": "/a", "status": 200, **by_origin},
        {"method": "POST", "path": "/b", "status": 200, **by_origin},
        {"method": "HEAD", "path": "/a", "status": 200, **by_origin},
        {"path": "/inner/x", "status": 403, "route": "inner", "answered_by": "forbid", "reason": "respond", **nobody},
        {
            **{"path": "/down", "status": 502, "route": "down", "answered_by": "proxy", "reason": "connect_failed"},
            **{"upstream": "dead", "endpoint": dead, "attempts": 2},
        },
        {"path": "/a", "status": 404, "route": None, "answered_by": "proxy", "reason": "no_route", **nobody},
        {"method": "MADE-UP", "status": 501, "answered_by": "proxy", "reason": "unknown_method", **nobody},
        {"status": 400, "route": None, "answered_by": "proxy", "reason": "host", **nobody},
    ]
    assert len(lines) == len(expected)
    for line, wanted in zip(lines, expected, strict=True):
        assert {name: line[name] for name in wanted} == wanted
    assert [line["bytes"] for line in lines[:3]] == [2, 2, 0]


async def test_what_cut_an_answer_is_logged_beside_its_status(tmp_path: Path) -> None:
    log = {"path": "access.log", "fields": FIELDS}
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, access_log=log), directory=tmp_path) as proxy:
        for leaves in (Wire.reset, None):
            client = await proxy.connect()
            await client.send(get())
            upstream = await origin.accept()
            await upstream.expect_request()
            await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
            await client.expect_until(b"abc")
            upstream.reset() if leaves is None else leaves(client)
            assert await eventually(lambda: not proxy.in_flight)
        early = await proxy.connect()
        await early.send(get())
        await (await origin.accept()).expect_request()
        early.reset()
        assert await eventually(lambda: not proxy.in_flight)
        lines = logged(proxy, tmp_path)
    assert [(line["status"], line["answered_by"], line["reason"], line["bytes"]) for line in lines] == [
        (200, "upstream", "client_gone", 3),
        (200, "upstream", "cut_in_body", 3),
        (499, "upstream", "client_gone", 0),
    ]
