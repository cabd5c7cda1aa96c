"""What is sent again, and what never is: connections that were used before and are gone."""

import asyncio
from typing import Any

import pytest
from kit import FakeOrigin, Proxy, Wire, eventually, get, in_front_of, post, turn_when
from kit.addresses import closed_address
from kit.asking import NO_CONTENT, asked, failed, named
from kit.exchanges import make_exchange
from kit.notes import Notes

from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.metrics import Registry
from proxy.runtime import Strand
from proxy.upstream.settings import EndpointSpec
from proxy.upstream.upstream import Upstream


async def left_idle(proxy: Proxy, origin: FakeOrigin) -> tuple[Wire, Wire]:
    """Let one request pass, so that its connection waits; return the client's end and the origin's."""
    client = await proxy.connect()
    await client.send(get("/first"))
    upstream = await origin.accept()
    await upstream.expect_request("GET", "/first")
    await upstream.send(NO_CONTENT)
    await client.expect_response(204)
    return client, upstream


@pytest.mark.parametrize("end", [Wire.close, Wire.reset], ids=["closed", "reset"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
async def test_a_request_that_may_be_repeated_is_sent_again_on_a_fresh_connection(method: str, end: Any) -> None:
    notes = Notes()
    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[notes]) as proxy:
        client, upstream = await left_idle(proxy, origin)
        await client.send(get("/second", method=method))
        await upstream.expect_request(method, "/second")
        end(upstream)
        fresh = await origin.accept()
        await fresh.expect_request(method, "/second")
        await fresh.send(NO_CONTENT)
        await client.expect_response(204, to=method)
        assert notes.attempts == [1, 2]


@pytest.mark.parametrize("end", [Wire.close, Wire.reset], ids=["closed", "reset"])
@pytest.mark.parametrize("request_bytes", [get(method="POST"), post(b""), post(b"hello"), get(method="PATCH")])
async def test_a_request_that_may_have_been_seen_is_never_sent_again(request_bytes: bytes, end: Any) -> None:
    notes = Notes()
    async with FakeOrigin() as origin, Proxy(in_front_of(origin), filters=[notes]) as proxy:
        client, upstream = await left_idle(proxy, origin)
        await client.send(request_bytes)
        await upstream.expect_request()
        end(upstream)
        await client.expect_response(502)
        assert len(origin.connections) == 1
        assert notes.reasons[-1] == ("proxy", "reset_before_headers")


async def test_a_put_whose_body_was_under_way_is_not_sent_again() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client, upstream = await left_idle(proxy, origin)
        await client.send(post(b"hello", method="PUT"))
        await upstream.expect_request("PUT", body=b"hello")
        upstream.reset()
        await client.expect_response(502)
        assert len(origin.connections) == 1


async def test_a_request_is_tried_on_one_idle_connection_and_then_on_a_fresh_one() -> None:
    """A request that makes the origin fail must not be sent to all of its idle connections."""
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        clients = [await proxy.connect() for _ in range(4)]
        for client in clients:
            await client.send(get())
        wires = [await origin.accept() for _ in clients]
        for wire in wires:
            await wire.expect_request()
            await wire.send(NO_CONTENT)
        for client in clients:
            await client.expect_response(204)
        await clients[0].send(get("/again"))
        assert await eventually(lambda: any(b"/again" in wire.unread for wire in wires))
        next(wire for wire in wires if b"/again" in wire.unread).reset()
        fresh = await origin.accept()
        await fresh.expect_request("GET", "/again")
        await fresh.send(NO_CONTENT)
        await clients[0].expect_response(204)
        assert sum(b"/again" in wire.received for wire in wires) == 1


async def test_a_lost_idle_connection_takes_no_attempt_from_those_that_follow() -> None:
    async def answer_once(wire: Wire) -> None:
        await wire.expect_message()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")
        await wire.expect_message()
        wire.reset()

    config = {"balance": "hash", "hash": {"header": "x-user"}}
    async with FakeOrigin(answer_once) as a, named("b") as b, Proxy(in_front_of(a, b, upstream=config)) as proxy:
        key = 0
        while not a.connections:
            key += 1
            await asked(proxy, 1, f"x-user: {key}")
        a.stop_listening()
        assert await asked(proxy, 1, f"x-user: {key}") == ["b"]


@pytest.mark.parametrize("retries", [{"on": []}, {"on": ["connect"]}])
async def test_nothing_is_sent_again_where_that_is_turned_off(retries: dict[str, Any]) -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, upstream={"retries": retries})) as proxy:
        client, upstream = await left_idle(proxy, origin)
        await client.send(get())
        await upstream.expect_request()
        upstream.reset()
        await client.expect_response(502)
        assert len(origin.connections) == 1


async def test_a_fresh_connection_that_is_reset_uses_up_an_attempt() -> None:
    async def refuse(wire: Wire) -> None:
        await wire.expect_request()
        wire.reset()

    notes = Notes()
    async with FakeOrigin(refuse) as origin, Proxy(in_front_of(origin), filters=[notes]) as proxy:
        await failed(proxy, 502)
        assert notes.attempts == [2]
        assert notes.reasons == [("proxy", "reset_before_headers")]


async def test_a_retry_goes_to_another_endpoint() -> None:
    async def refuse(wire: Wire) -> None:
        await wire.expect_request()
        wire.reset()

    async with FakeOrigin(refuse) as bad, named("a") as a, Proxy(in_front_of(bad, a)) as proxy:
        assert await asked(proxy, 4) == ["a"] * 4
        assert len(bad.connections) == 2


async def test_the_hook_before_the_upstream_runs_for_each_attempt() -> None:
    class Counts(Filter):
        name = "counts"
        endpoints: list[str | None]

        def on_upstream_request(self, exchange: Exchange) -> None:
            self.endpoints.append(exchange.endpoint)

    counts = Counts()
    counts.endpoints = []
    addresses = [closed_address(), closed_address()]
    async with Proxy(in_front_of(*addresses), filters=[counts]) as proxy:
        await failed(proxy, 502)
        assert sorted(counts.endpoints, key=str) == sorted(addresses)


async def test_who_leaves_as_the_answer_comes_does_not_take_the_connection_from_the_next() -> None:
    async with FakeOrigin() as origin:
        upstream = Upstream("api", [EndpointSpec(origin.address)], registry=Registry())
        first = asyncio.create_task(upstream.fetch(make_exchange()))
        wire = await origin.accept()
        await wire.expect_request()
        wire.transport.write(NO_CONTENT)
        await turn_when(lambda: upstream.describe()["endpoints"][0]["idle"])
        answers = []

        async def ask_next() -> None:
            answers.append(await upstream.fetch(make_exchange(target="/next")))

        strand = Strand(ask_next())
        strand.step()
        first.cancel()
        await asyncio.wait([first])
        await eventually(lambda: wire.unread or len(origin.connections) > 1, within_s=0.3)
        await origin.connections[-1].send(NO_CONTENT)
        answered = await eventually(lambda: answers, within_s=0.3)
        strand.cancel()
        upstream.close()
        assert answered
