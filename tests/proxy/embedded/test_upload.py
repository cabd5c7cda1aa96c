"""Request bodies on their way through an aiohttp server."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from aiohttp import web
from kit import FakeClock, FakeOrigin, answering, complete_messages, get, in_front_of, no_leaks, post
from kit.application import Mounted, mounted, runtime

from proxy.embed import penstock_handler

MIB = 1024 * 1024
HELD_BYTES = 24 * MIB
CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize("size", [0, 1, 65536, 3_000_000])
async def test_bodies_of_every_size_pass_through_an_application_unchanged(size: int) -> None:
    """Three million bytes are more than aiohttp's client_max_size, too."""
    body = bytes(i * 31 % 251 for i in range(size))
    async with FakeOrigin(answering()) as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(post(body))
        await client.expect_response(200)
        await client.send(get("/", CHUNKED, method="PUT") + b"%x\r\n%b\r\n" % (size, body) * bool(size) + b"0\r\n\r\n")
        await client.expect_response(200)
        assert [message.body for message in complete_messages(origin.recorded)[0]] == [body, body]


async def test_each_piece_of_an_upload_arrives_before_the_next_is_sent_to_an_application() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get("/", CHUNKED, method="POST"))
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        for piece in (b"one", b"three", b"seventeen"):
            await client.send(b"%x\r\n%b\r\n" % (len(piece), piece))
            await upstream.expect(b"%x\r\n%b\r\n" % (len(piece), piece))
        await client.send(b"0\r\n\r\n")
        await upstream.expect(b"0\r\n\r\n")


async def test_an_upload_goes_on_while_its_response_streams_through_an_application() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get("/", CHUNKED, method="POST") + b"3\r\none\r\n")
        upstream = await origin.accept()
        await upstream.expect_until(b"3\r\none\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nONE\r\n")
        await client.expect_until(b"3\r\nONE\r\n")
        await client.send(b"3\r\ntwo\r\n")
        await upstream.expect(b"3\r\ntwo\r\n")
        await client.send(b"0\r\n\r\n")
        await upstream.expect(b"0\r\n\r\n")
        await upstream.send(b"0\r\n\r\n")
        await client.expect(b"0\r\n\r\n")


async def test_an_origin_that_reads_nothing_holds_an_applications_client_up() -> None:
    async with (
        FakeOrigin(record=False) as origin,
        mounted(in_front_of(origin, limits={"body_bytes": "1GiB", "body_min_rate": "0B"})) as app,
    ):
        client = await app.connect()
        await client.send(get("/", f"Content-Length: {64 * MIB}", method="POST"))
        upstream = await origin.accept()
        upstream.stop_reading()
        pouring = asyncio.create_task(client.pour(b"a" * 65536, 64 * MIB))
        await asyncio.sleep(1)
        assert not pouring.done()
        upstream.go_on_reading()
        await pouring
        await upstream.until(lambda: upstream.received_bytes > 64 * MIB, "the whole body", 20)
        await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await client.expect_response(204)


async def test_body_bytes_over_the_limit_are_refused_by_an_application() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin, limits={"body_bytes": "10B"})) as app:
        client = await app.connect()
        await client.send(post(b"a" * 11))
        await client.expect_response(413)
        client = await app.connect()
        await client.send(get("/", CHUNKED, method="POST") + b"b\r\n" + b"a" * 11 + b"\r\n0\r\n\r\n")
        await client.expect_response(413)


async def test_an_upload_that_stalls_is_timed_out() -> None:
    with FakeClock() as clock:
        async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
            client = await app.connect()
            await client.send(get("/", "Content-Length: 5", method="POST") + b"ab")
            await (await origin.accept()).expect_until(b"ab")
            clock.advance(16)
            await client.expect_response(408)


async def test_a_malformed_chunk_is_a_bad_request() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get("/", CHUNKED, method="POST"))
        await (await origin.accept()).expect_until(b"\r\n\r\n")
        await client.send(b"zz\r\n")
        await client.expect_response(400)


async def test_a_client_that_leaves_in_mid_upload_ends_the_upstream_exchange() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app, no_leaks():
        client = await app.connect()
        await client.send(get("/", "Content-Length: 5", method="POST") + b"ab")
        upstream = await origin.accept()
        await upstream.expect_until(b"ab")
        client.reset()
        await upstream.expect_cut(1)
        upstream.close()


async def test_compressed_content_passes_as_it_is() -> None:
    body = gzip.compress(b"a" * 1000)
    async with FakeOrigin(answering()) as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(post(body, "Content-Encoding: gzip"))
        await client.expect_response(200)
        request = complete_messages(origin.recorded)[0][0]
        assert (request.get("Content-Encoding"), request.body) == ("gzip", body)


async def test_content_that_aiohttp_has_decompressed_is_refused() -> None:
    async with FakeOrigin() as origin:
        made = runtime(in_front_of(origin))
        app = web.Application()
        app.router.add_route("*", "/", penstock_handler(made))
        async with Mounted(app) as serving:
            client = await serving.connect()
            await client.send(post(gzip.compress(b"a" * 1000), "Content-Encoding: gzip"))
            await client.expect_response(415)
            assert not origin.connections


async def test_an_early_answer_reaches_a_client_that_is_still_uploading_to_an_application() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get("/", "Content-Length: 8000000", method="POST") + b"a" * 1000)
        upstream = await origin.accept()
        await upstream.expect_until(b"a" * 1000)
        await upstream.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        response = await client.expect_response(403, body=b"no")
        assert response.get("Connection") == "close"
        await client.pour(b"a" * 1000, 8_000_000 - 1000)
        await client.send(get("/again"))
        await client.expect_closed()


async def test_100_continue_is_aiohttps() -> None:
    async with FakeOrigin(answering()) as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get("/", "Expect: 100-continue", "Content-Length: 2", method="POST"))
        await client.expect_response(100)
        await client.send(b"hi")
        await client.expect_response(200)
        assert "Expect" not in complete_messages(origin.recorded)[0][0]


async def test_a_body_that_nobody_wanted_does_not_cost_the_connection() -> None:
    async with FakeOrigin() as origin:
        text = in_front_of(origin, route={"filters": [{"type": "respond", "status": 403}]})
        async with mounted(text) as app:
            client = await app.connect()
            await client.send(post(b"hi") + get())
            await client.expect_response(403)
            await client.expect_response(403)
