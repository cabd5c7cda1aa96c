"""Bodies on their way: at the pace of the slower side, unbuffered, and never longer than anybody wants them."""

import asyncio

import pytest
from kit import FakeOrigin, Proxy, answering, complete_messages, get, in_front_of, post
from kit.pouring import HELD_BYTES, MIB, held_up, pour_counting
from kit.wire import Wire

CHUNKED = "Transfer-Encoding: chunked"


async def test_a_client_that_reads_nothing_holds_the_origin_up() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect(record=False)
        client.stop_reading()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (96 * MIB))
        begun: list[int] = []
        pouring = asyncio.create_task(pour_counting(upstream, 96 * MIB, begun))
        assert await held_up(upstream, begun) < HELD_BYTES
        client.go_on_reading()
        await pouring
        await client.until(lambda: client.received_bytes > 96 * MIB, "the whole body", 20)


async def test_a_connection_that_ends_as_soon_as_its_slow_reader_takes_the_rest_ends_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = b"x" * 4 * MIB
    origin_says = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with FakeOrigin(answering(origin_says)) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect(small=True)
        client.stop_reading()
        await client.send(get("/", "Connection: close"))
        await asyncio.sleep(0.1)
        client.go_on_reading()
        assert (await client.expect_response(200)).body == body
        await client.expect_closed()
    assert not caplog.records


async def test_an_origin_that_reads_nothing_holds_the_client_up() -> None:
    async with FakeOrigin(record=False) as origin, Proxy(in_front_of(origin, limits={"body_bytes": "1GiB"})) as proxy:
        client = await proxy.connect()
        await client.send(get("/", f"Content-Length: {96 * MIB}", method="POST"))
        upstream = await origin.accept()
        upstream.stop_reading()
        begun: list[int] = []
        pouring = asyncio.create_task(pour_counting(client, 96 * MIB, begun))
        assert await held_up(client, begun) < HELD_BYTES
        upstream.go_on_reading()
        await pouring
        await upstream.until(lambda: upstream.received_bytes > 96 * MIB, "the whole body", 20)
        await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await client.expect_response(204)


async def test_a_tunnel_goes_at_the_pace_of_the_slower_side() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect(record=False)
        await client.send(get("/", "Connection: Upgrade", "Upgrade: echo"))
        upstream = await origin.accept()
        await upstream.expect_request()
        client.stop_reading()
        await upstream.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        begun: list[int] = []
        pouring = asyncio.create_task(pour_counting(upstream, 64 * MIB, begun))
        assert await held_up(upstream, begun) < HELD_BYTES
        client.go_on_reading()
        await pouring
        await client.until(lambda: client.received_bytes > 64 * MIB, "everything", 20)


async def test_a_pipelining_client_that_reads_nothing_is_not_read_for_ever() -> None:
    async with (
        FakeOrigin(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + b"a" * 65536)) as origin,
        Proxy(in_front_of(origin)) as proxy,
    ):
        client = await proxy.connect(small=True)
        client.stop_reading()
        piece = get("/", "X: " + "a" * 900) * 64
        begun: list[int] = []

        async def ask() -> None:
            while True:
                await client.pour(piece, len(piece))
                begun.append(len(piece))

        asking = asyncio.create_task(ask())
        assert await held_up(client, begun) < HELD_BYTES
        asking.cancel()


async def test_each_server_sent_event_arrives_before_the_next_is_sent() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/events", "Accept: text/event-stream"))
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        head = await client.expect_until(b"\r\n\r\n")
        assert b"text/event-stream" in head
        for number in range(5):
            event = b"data: %d\n\n" % number
            await upstream.send(b"%x\r\n%b\r\n" % (len(event), event))
            assert event in await client.expect_until(event + b"\r\n")
            assert not client.unread


async def test_each_piece_of_an_upload_arrives_before_the_next_is_sent() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", CHUNKED, method="POST"))
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        for piece in (b"one", b"three", b"seventeen"):
            await client.send(b"%x\r\n%b\r\n" % (len(piece), piece))
            await upstream.expect(b"%x\r\n%b\r\n" % (len(piece), piece))
        await client.send(b"0\r\n\r\n")
        await upstream.expect(b"0\r\n\r\n")


async def test_an_upload_goes_on_while_its_response_streams() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", CHUNKED, method="POST") + b"3\r\none\r\n")
        upstream = await origin.accept()
        await upstream.expect_until(b"3\r\none\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nONE\r\n")
        await client.expect_until(b"3\r\nONE\r\n")
        await client.send(b"3\r\ntwo\r\n")
        await upstream.expect(b"3\r\ntwo\r\n")
        await upstream.send(b"3\r\nTWO\r\n")
        await client.expect(b"3\r\nTWO\r\n")
        await client.send(b"0\r\n\r\n")
        await upstream.expect(b"0\r\n\r\n")
        await upstream.send(b"0\r\n\r\n")
        await client.expect(b"0\r\n\r\n")


@pytest.mark.parametrize("then", ["stay", "close"])
async def test_an_early_answer_reaches_a_client_that_is_still_uploading(then: str) -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Content-Length: 8000000", method="POST") + b"a" * 1000)
        upstream = await origin.accept()
        await upstream.expect_until(b"a" * 1000)
        await upstream.send(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig")
        if then == "close":
            upstream.close()
        await client.expect_response(413, body=b"big")
        assert await reaches_end_or_answers_again(client, 8_000_000 - 1000)


async def reaches_end_or_answers_again(client: Wire, left: int) -> bool:
    """After an early answer the proxy may close, or read the rest: never take the rest for a request."""
    await client.pour(b"a" * 1000, left)
    await client.send(get("/again"))
    await asyncio.sleep(0.2)
    return client.ended is not None or not client.unread


async def test_a_request_without_a_body_gains_no_framing() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        await client.expect_response(200)
        request = complete_messages(origin.recorded)[0][0]
        assert "Content-Length" not in request
        assert "Transfer-Encoding" not in request


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 300_000])
async def test_bodies_of_every_size_pass_both_ways_unchanged(size: int) -> None:
    body = bytes(i * 31 % 251 for i in range(size))

    async def echo(wire: Wire) -> None:
        while True:
            request = await wire.expect_message(within_s=60)
            await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(request.body) + request.body)

    async with FakeOrigin(echo) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(post(body))
        await client.expect_response(200, body=body)
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in pieces(body))
        await client.send(get("/", CHUNKED, method="PUT") + chunks + b"0\r\n\r\n")
        await client.expect_response(200, body=body)
        assert len(origin.connections) == 1


def pieces(body: bytes) -> list[bytes]:
    return [body[at : at + 9973] for at in range(0, len(body), 9973)]


async def test_a_chunked_body_reaches_an_http_1_0_client_without_framing() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Connection: keep-alive", version="1.0"))
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await asyncio.sleep(0.02)
        await upstream.send(b"0\r\n\r\n")
        response = await client.expect_response(200, body=b"hello")
        assert "Transfer-Encoding" not in response
        await client.expect_closed()


async def test_a_close_delimited_body_reaches_an_http_1_1_client_in_chunks() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\n\r\nhel")
        await client.expect_until(b"hel\r\n")
        await upstream.send(b"lo")
        upstream.close()
        await client.expect_until(b"0\r\n\r\n")
        await client.send(get("/again"))
        await (await origin.accept()).expect_request("GET", "/again")
