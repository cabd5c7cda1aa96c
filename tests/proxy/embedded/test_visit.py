"""The client's side of an embedded pipeline: streaming to it, and its leaving."""

from __future__ import annotations

import asyncio

import pytest
from kit import FakeClock, FakeOrigin, eventually, get, in_front_of, no_leaks
from kit.application import Mounted, application, in_flight, mounted, runtime
from kit.wire import Wire

from proxy.exchange import Exchange
from proxy.filter import Filter

MIB = 1024 * 1024
HELD_BYTES = 24 * MIB
"""What the kernel's socket buffers and the application may hold together."""


class Reasons(Filter):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_complete(self, exchange: Exchange) -> None:
        self.seen.append(exchange.reason)


async def test_each_server_sent_event_arrives_before_the_next_is_sent_by_an_application() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get("/events"))
        upstream = await origin.accept()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert b"text/event-stream" in await client.expect_until(b"\r\n\r\n")
        for number in range(5):
            event = b"data: %d\n\n" % number
            await upstream.send(b"%x\r\n%b\r\n" % (len(event), event))
            await client.expect_until(event + b"\r\n")
            assert not client.unread


async def test_a_client_that_reads_nothing_from_an_application_holds_the_origin_up() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect(record=False)
        client.stop_reading()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (96 * MIB))
        poured: list[int] = []
        pouring = asyncio.create_task(pour_counting(upstream, poured))
        before = -1
        while before != len(poured):
            before = len(poured)
            await asyncio.sleep(0.3)
        assert before * 65536 < HELD_BYTES
        client.go_on_reading()
        await pouring
        await client.until(lambda: client.received_bytes > 96 * MIB, "the whole body", 20)


async def pour_counting(wire: Wire, poured: list[int]) -> None:
    for _ in range(96 * MIB // 65536):
        await wire.pour(b"a" * 65536, 65536)
        poured.append(1)


async def test_a_client_that_takes_nothing_is_cut() -> None:
    reasons = Reasons()
    with FakeClock() as clock:
        async with FakeOrigin() as origin, mounted(in_front_of(origin), reasons) as app:
            client = await app.connect(small=True)
            client.stop_reading()
            await client.send(get())
            upstream = await origin.accept()
            await upstream.expect_request()
            await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 * MIB))
            pouring = asyncio.create_task(upstream.pour(b"a" * 65536, 64 * MIB))
            await asyncio.sleep(0.5)
            while upstream.ended is None:  # Until its kernel is full, a client takes something.
                clock.advance(61)
                await asyncio.sleep(0.2)
            await pouring
            assert reasons.seen == ["client_gone"]


@pytest.mark.parametrize("cancellation", [False, True])
@pytest.mark.parametrize("moment", ["head", "body"])
async def test_a_client_that_leaves_an_application_frees_the_upstream(moment: str, cancellation: bool) -> None:
    reasons = Reasons()
    async with FakeOrigin() as origin:
        made = runtime(in_front_of(origin), reasons)
        async with Mounted(application(made), handler_cancellation=cancellation) as app, no_leaks():
            client = await app.connect()
            await client.send(get())
            upstream = await origin.accept()
            await upstream.expect_request()
            if moment == "body":
                await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
                await client.expect_until(b"abc")
            client.reset()
            await upstream.expect_cut(1)
            assert await eventually(lambda: not in_flight(made))
            assert reasons.seen == ["client_gone"]
            upstream.close()


@pytest.mark.parametrize("framing", [b"Content-Length: 10", b"Transfer-Encoding: chunked"])
async def test_an_origin_that_leaves_in_mid_body_cuts_the_applications_client(framing: bytes) -> None:
    reasons = Reasons()
    async with FakeOrigin() as origin, mounted(in_front_of(origin), reasons) as app:
        client = await app.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n3\r\nabc" % framing)
        await client.expect_until(b"abc")
        upstream.close()
        rest = await client.expect_cut()
        assert b"HTTP/1.1" not in rest
        assert not rest.endswith(b"0\r\n\r\n")
        assert reasons.seen == ["cut_in_body"]


async def test_an_http_1_0_client_does_not_take_a_cut_body_for_a_whole_one() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get(version="1.0"))
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await client.expect_until(b"abc")
        upstream.close()
        await client.expect_cut()
        assert client.ended == "reset"


async def test_an_application_that_stops_ends_its_exchanges() -> None:
    async with FakeOrigin() as origin, no_leaks():
        async with mounted(in_front_of(origin)) as app:
            client = await app.connect()
            await client.send(get())
            upstream = await origin.accept()
            await upstream.expect_request()
        await upstream.expect_cut()
        upstream.close()
