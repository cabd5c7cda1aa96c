"""Sub-requests through the routes of a proxy that runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from kit import FakeOrigin, Proxy, Wire, answering, eventually, in_front_of, no_leaks
from kit.addresses import closed_address
from kit.exchanges import make_exchange
from kit.fetching import failure

from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Response
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.listeners import Listeners
from wasm_host.functions.network.subrequests import RouteSubrequests
from wasm_host.functions.services import HttpAsk
from wasm_host.functions.settings import FunctionLimits

GET = HttpAsk("GET", "/x")


def on_behalf(listener: str = "test") -> Exchange:
    exchange = make_exchange("GET", "/function")
    exchange.client = replace(exchange.client, listener=listener)
    return exchange


@asynccontextmanager
async def asking(
    *origins: FakeOrigin | str,
    allowed: tuple[str, ...] = ("all",),
    limits: FunctionLimits | None = None,
    filters: list[Filter] | None = None,
    **configured: Any,
) -> AsyncIterator[tuple[RouteSubrequests, Proxy]]:
    """Serve these origins, and make what a function asks by."""
    async with Proxy(in_front_of(*origins, **configured), filters=filters or []) as proxy:
        listeners = Listeners({name: service.pipeline for name, service in proxy.services.items()})
        yield RouteSubrequests("hello", allowed, limits or FunctionLimits(), listeners), proxy


def counted(proxy: Proxy) -> dict[tuple[str, ...], int]:
    """Return the exchanges in the books by listener, route, method and status."""
    return {tuple(map(str, labels)): int(value) for labels, value in proxy.registry.http_requests.samples()}


async def test_the_route_answers() -> None:
    response = b"HTTP/1.1 201 Made\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nhi"
    async with FakeOrigin(answering(response)) as origin, asking(origin) as (subrequests, _):
        answer = await subrequests.fetch(on_behalf(), HttpAsk("POST", "/x?y", [("X-B", "2")], b"data"))
        assert (answer.status, answer.body) == (201, b"hi")
        assert ("X-A", "1") in answer.headers
        assert origin.recorded.startswith(b"POST /x?y HTTP/1.1\r\nHost: example.test\r\nX-B: 2\r\n")
        assert origin.recorded.endswith(b"\r\n\r\ndata")


async def test_it_is_in_the_books_as_the_routes() -> None:
    async with FakeOrigin(answering()) as origin, asking(origin) as (subrequests, proxy):
        await subrequests.fetch(on_behalf(), GET)
        assert counted(proxy) == {("test", "all", "GET", "200"): 1}
        assert proxy.in_flight == 0


async def test_the_routes_filters_have_their_say() -> None:
    class Gate(Filter):
        name = "gate"

        def on_request(self, exchange: Exchange) -> Response:
            return Response.text(403, f"no, {exchange.client.address}")

    async with FakeOrigin() as origin, asking(origin, filters=[Gate()]) as (subrequests, _):
        answer = await subrequests.fetch(on_behalf(), GET)
        assert (answer.status, answer.body) == (403, b"no, 192.0.2.1")
        assert not origin.connections


async def test_the_routes_cache_answers() -> None:
    response = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nok"
    cached = {"caches": {"pages": {"memory": "1MiB"}}, "route": {"cache": "pages"}}
    async with FakeOrigin(answering(response)) as origin, asking(origin, **cached) as (subrequests, _):
        for _ in range(2):
            assert (await subrequests.fetch(on_behalf(), GET)).body == b"ok"
        assert origin.recorded.count(b"GET ") == 1


@pytest.mark.parametrize(("allowed", "url"), [((), "/x"), (("other",), "/x"), (("all",), "/other")])
async def test_other_routes_are_not_allowed(allowed: tuple[str, ...], url: str) -> None:
    other = {"name": "other", "match": {"path": {"prefix": "/other"}}, "upstream": "origin"}
    async with FakeOrigin() as origin, asking(origin, allowed=allowed, routes=[other]) as made:
        subrequests, proxy = made
        with pytest.raises(HostcallFailed) as refused:
            subrequests.fetch(on_behalf(), HttpAsk("GET", url))
        assert refused.value.reason == "not_allowed"
        assert not origin.connections
        assert proxy.in_flight == 0


async def test_where_no_route_matches_nothing_is_allowed() -> None:
    async with FakeOrigin() as origin, asking(origin, route={"match": {"hosts": ["a.test"]}}) as (subrequests, _):
        with pytest.raises(HostcallFailed, match="no route"):
            subrequests.fetch(on_behalf(), GET)


async def test_an_exchange_of_no_listener_has_no_routes() -> None:
    async with FakeOrigin() as origin, asking(origin) as (subrequests, _):
        with pytest.raises(HostcallFailed) as refused:
            subrequests.fetch(on_behalf("admin"), GET)
        assert refused.value.reason == "unavailable"


async def test_a_graph_that_takes_over_answers_the_next() -> None:
    async with FakeOrigin(answering()) as old, FakeOrigin(answering()) as new:
        listeners = Listeners()
        subrequests = RouteSubrequests("hello", ("all",), FunctionLimits(), listeners)
        async with Proxy(in_front_of(old)) as proxy:
            for origin in (old, new):
                await proxy.reload(in_front_of(origin))
                listeners.pipelines = {name: service.pipeline for name, service in proxy.services.items()}
                await subrequests.fetch(on_behalf(), GET)
        assert (len(old.connections), len(new.connections)) == (1, 1)


async def test_an_upstream_that_is_down_is_an_answer() -> None:
    async with asking(closed_address()) as (subrequests, _):
        assert (await subrequests.fetch(on_behalf(), GET)).status == 502


async def test_head_has_no_body() -> None:
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    async with FakeOrigin(answering(response)) as origin, asking(origin) as (subrequests, _):
        assert (await subrequests.fetch(on_behalf(), HttpAsk("HEAD", "/"))).body == b""


async def test_several_run_at_once() -> None:
    async with FakeOrigin() as origin, asking(origin) as (subrequests, proxy):
        exchange = on_behalf()
        calls = [subrequests.fetch(exchange, HttpAsk("GET", f"/{number}")) for number in range(3)]
        wires = [await origin.accept() for _ in calls]
        assert proxy.in_flight == 3
        for wire in wires:
            target = (await wire.expect_request()).target.encode()
            await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + target)
        assert [(await call).body for call in calls] == [b"/0", b"/1", b"/2"]


async def test_a_request_over_the_limit_is_too_large() -> None:
    async with FakeOrigin() as origin, asking(origin, limits=FunctionLimits(http_bytes=3)) as (subrequests, _):
        with pytest.raises(HostcallFailed) as refused:
            subrequests.fetch(on_behalf(), HttpAsk("POST", "/", body=b"data"))
        assert refused.value.reason == "too_large"


async def test_a_request_over_the_routes_limit_is_too_large() -> None:
    async with FakeOrigin() as origin, asking(origin, route={"limits": {"body_bytes": 3}}) as (subrequests, _):
        with pytest.raises(HostcallFailed) as refused:
            subrequests.fetch(on_behalf(), HttpAsk("POST", "/", body=b"data"))
        assert refused.value.reason == "too_large"


async def test_an_answer_over_the_limit_is_too_large_and_frees_the_upstream() -> None:
    async def pour(wire: Wire) -> None:
        await wire.expect_request()
        await wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await wire.pour(b"400\r\n" + bytes(1024) + b"\r\n", 1 << 40)

    async with FakeOrigin(pour) as origin, asking(origin) as (subrequests, proxy):
        assert await failure(subrequests.fetch(on_behalf(), GET)) == "too_large"
        assert await eventually(lambda: origin.connections[0].ended)
        assert proxy.in_flight == 0


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"], ids=["head", "body"])
@pytest.mark.parametrize("own_s", [None, 0.02])
async def test_an_answer_that_takes_too_long_frees_the_upstream(said: bytes, own_s: float | None) -> None:
    limits = FunctionLimits(http_s=0.02 if own_s is None else 60.0)
    async with no_leaks(), FakeOrigin(answering(said)) as origin, asking(origin, limits=limits) as (subrequests, proxy):
        ask = replace(GET, timeout_s=own_s)
        assert await failure(subrequests.fetch(on_behalf(), ask)) == "timeout"
        assert await eventually(lambda: all(each.ended for each in origin.connections))
        assert proxy.in_flight == 0


async def test_an_answer_that_breaks_off_fails() -> None:
    async def script(wire: Wire) -> None:
        await wire.expect_request()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
        wire.reset()

    async with FakeOrigin(script) as origin, asking(origin) as (subrequests, _):
        assert await failure(subrequests.fetch(on_behalf(), GET)) == "failed"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"], ids=["head", "body"])
async def test_a_sub_request_that_is_given_up_frees_the_upstream(said: bytes) -> None:
    async with FakeOrigin() as origin, asking(origin) as (subrequests, proxy):
        call = subrequests.fetch(on_behalf(), GET)
        wire = await origin.accept()
        await wire.expect_request()
        await wire.send(said)
        call.cancel()
        await wire.expect_closed()
        assert proxy.in_flight == 0
        assert sum(count for (*_, status), count in counted(proxy).items() if status == "499") == (not said)
