"""A pipeline mounted in an aiohttp application: what it does is what a listener does."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from kit import FakeOrigin, answering, complete_messages, get, in_front_of, no_leaks, post
from kit.application import Mounted, application, in_flight, mounted, runtime

from proxy.embed import penstock_handler
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Response


async def test_a_request_goes_to_the_origin_and_its_answer_comes_back() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get("/a/b?c=d&c=%20", "X-Twice: 1", "x-twice: 2"))
        upstream = await origin.accept()
        request = await upstream.expect_request("GET", "/a/b?c=d&c=%20")
        assert request.all("x-twice") == ["1", "2"]
        await upstream.send(
            b"HTTP/1.1 299 Odd\r\nContent-Length: 2\r\nSet-Cookie: b=1\r\nX-A: \xe9\xff\r\nSet-Cookie: a=2\r\n\r\nhi"
        )
        head = await client.expect_until(b"\r\n\r\n")
        assert head == (
            b"HTTP/1.1 299 Odd\r\nSet-Cookie: b=1\r\nX-A: \xe9\xff\r\nSet-Cookie: a=2\r\nContent-Length: 2\r\n\r\n"
        )
        await client.expect(b"hi")


async def test_a_connection_carries_one_request_after_another_to_one_upstream_connection() -> None:
    async with FakeOrigin(answering()) as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get("/1") + post(b"body", target="/2") + get("/3"))
        for _ in range(3):
            await client.expect_response(200, body=b"ok")
        assert len(origin.connections) == 1


async def test_the_origin_is_told_who_the_client_is_and_spoofed_fields_are_dropped() -> None:
    async with FakeOrigin(answering()) as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get("/", "X-Forwarded-For: 1.2.3.4", "X_Forwarded_For: 1.2.3.4", "Forwarded: for=1.2.3.4"))
        await client.expect_response(200)
        request = complete_messages(origin.recorded)[0][0]
        assert request.all("x-forwarded-for") == ["127.0.0.1"]
        assert request.all("x-forwarded-host") == ["example.test"]
        assert request.all("via") == ["1.1 penstock"]
        assert request.all("forwarded") == ['for=127.0.0.1;host="example.test";proto=http']
        assert "x_forwarded_for" not in request


async def test_a_trusted_hop_is_believed() -> None:
    async with (
        FakeOrigin(answering()) as origin,
        mounted(in_front_of(origin, listener={"trusted_hops": ["127.0.0.0/8"]})) as app,
    ):
        client = await app.connect()
        await client.send(get("/", "X-Forwarded-For: 192.0.2.7"))
        await client.expect_response(200)
        assert complete_messages(origin.recorded)[0][0].all("x-forwarded-for") == ["192.0.2.7, 127.0.0.1"]


async def test_hop_by_hop_fields_are_dropped_in_both_directions_inside_an_application_too() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(
            get("/", "Connection: keep-alive, X-Mine", "X-Mine: 1", "Keep-Alive: timeout=5", "TE: trailers")
        )
        upstream = await origin.accept()
        request = await upstream.expect_request()
        assert not {"connection", "x-mine", "keep-alive", "te"} & {name.lower() for name, _ in request.fields}
        await upstream.send(
            b"HTTP/1.1 200 OK\r\nConnection: X-Yours\r\nX-Yours: 1\r\nKeep-Alive: max=5\r\nContent-Length: 0\r\n\r\n"
        )
        response = await client.expect_response(200)
        assert [name for name, _ in response.fields] == ["Content-Length"]


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (get("/a/../../b"), 400),
        (get("/a%2fb"), 400),
        (get("/..;/a"), 400),
        (get("/", "Host: other.test"), 400),
        (get("/", host="user@example.test"), 400),
        (get("/", "Content-Length: 3", "Transfer-Encoding: chunked", method="POST") + b"0\r\n\r\n", 400),
        (get("/", method="TRACE"), 405),
        (get("/" + "a" * 8000, "X: " + "b" * 8000, "Y: " + "b" * 8000, "Z: " + "b" * 8000, "W: " + "b" * 8000), 431),
    ],
)
async def test_what_a_listener_refuses_is_refused(request_bytes: bytes, status: int) -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(request_bytes)
        await client.expect_response(status)
        assert not origin.connections


async def test_paths_are_normalised_before_they_are_matched_and_forwarded() -> None:
    async with FakeOrigin(answering()) as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get("/a/./b/%7ec/..//d"))
        await client.expect_response(200)
        assert complete_messages(origin.recorded)[0][0].target == "/a/b/d"


@pytest.mark.parametrize("target", ["/api/x?y", "http://example.test/api/x?y"])
async def test_a_prefix_is_taken_off(target: str) -> None:
    async with (
        FakeOrigin(answering()) as origin,
        mounted(in_front_of(origin), path="/api/{path:.*}", prefix="/api") as app,
    ):
        client = await app.connect()
        await client.send(get(target))
        await client.expect_response(200)
        assert complete_messages(origin.recorded)[0][0].target == "/x?y"


async def test_what_climbs_out_of_the_prefix_is_not_found() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin), path="/api/{path:.*}", prefix="/api/") as app:
        client = await app.connect()
        await client.send(get("/api/../x"))
        await client.expect_response(404)
        assert not origin.connections


async def test_a_sub_application_mounts_it_beside_handlers_of_its_own() -> None:
    async with FakeOrigin(answering()) as origin:
        made = runtime(in_front_of(origin))
        app = web.Application()
        app.router.add_get("/own", hello)
        app.add_subapp("/far", application(made, prefix="/far"))
        async with Mounted(app) as serving:
            client = await serving.connect()
            await client.send(get("/own") + get("/far/x"))
            await client.expect_response(200, body=b"hello")
            await client.expect_response(200, body=b"ok")
            assert complete_messages(origin.recorded)[0][0].target == "/x"


async def hello(request: web.Request) -> web.Response:
    return web.Response(body=b"hello")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("status", [200, 204, 304])
async def test_answers_without_a_body_have_none(method: str, status: int) -> None:
    body = b"ok" if (method, status) == ("GET", 200) else b""
    length = b"" if status == 204 else b"Content-Length: 2\r\n"
    answer = b"HTTP/1.1 %d X\r\n%bETag: a\r\n\r\n%b" % (status, length, body)
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        for _ in range(2):
            await client.send(get(method=method))
            if not origin.connections:
                upstream = await origin.accept()
            await upstream.expect_request(method)
            await upstream.send(answer)
            response = await client.expect_response(status, body=body, to=method)
            assert ("Content-Length" in response) == (status != 204)


async def test_interim_answers_are_dropped() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
        await client.expect_response(204)


async def test_errors_are_the_routes_error_pages() -> None:
    async with FakeOrigin() as origin:
        text = in_front_of(origin, error_pages={502: {"body": "<p>sorry, {id}", "content_type": "text/html"}})
        origin.stop_listening()
        async with mounted(text) as app:
            client = await app.connect()
            await client.send(get())
            response = await client.expect_response(502)
            assert response.body.startswith(b"<p>sorry, ")
            await client.send(get())
            await client.expect_response(502)


async def test_no_route_is_not_found() -> None:
    async with FakeOrigin() as origin, mounted(in_front_of(origin, route={"match": {"hosts": ["a.test"]}})) as app:
        client = await app.connect()
        await client.send(get())
        await client.expect_response(404)


async def test_an_http_1_0_client_is_answered_as_it_asks() -> None:
    async with FakeOrigin(answering()) as origin, mounted(in_front_of(origin)) as app:
        client = await app.connect()
        await client.send(get("/", "Connection: keep-alive", version="1.0"))
        assert (await client.expect_response(200, body=b"ok")).get("Connection") == "keep-alive"
        await client.send(get("/", version="1.0"))
        await client.expect_response(200, body=b"ok")
        await client.expect_closed()


class Notes(Filter):
    """Sees every hook, and says so in the answer."""

    name = "notes"

    def __init__(self) -> None:
        self.completed: list[Exchange] = []

    def on_request(self, exchange: Exchange) -> None:
        exchange.request.headers.set("X-Asked", "yes")

    async def on_response(self, exchange: Exchange, response: Response) -> None:
        await asyncio.sleep(0)
        response.headers.set("X-Answered", "yes")

    def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
        return chunk.upper()

    def on_complete(self, exchange: Exchange) -> None:
        self.completed.append(exchange)


async def test_a_routes_filters_run() -> None:
    notes = Notes()
    async with FakeOrigin(answering()) as origin, mounted(in_front_of(origin), notes) as app:
        client = await app.connect()
        await client.send(get())
        response = await client.expect_response(200, body=b"OK")
        assert response.get("X-Answered") == "yes"
        assert complete_messages(origin.recorded)[0][0].get("X-Asked") == "yes"
        assert [exchange.sent_bytes for exchange in notes.completed] == [2]


async def test_an_application_that_ends_closes_its_runtime() -> None:
    async with FakeOrigin(answering()) as origin, no_leaks():
        async with mounted(in_front_of(origin)) as app:
            client = await app.connect()
            await client.send(get())
            await client.expect_response(200)
        await origin.connections[0].expect_cut()
        origin.connections[0].close()


async def test_the_registry_counts() -> None:
    async with FakeOrigin(answering()) as origin:
        made = runtime(in_front_of(origin))
        async with Mounted(application(made)) as app:
            client = await app.connect()
            await client.send(get() + get("/a%2fb"))
            await client.expect_response(200)
            await client.expect_response(400)
        samples = made.registry.snapshot()["http_requests_total"]
        assert sorted(samples) == [(["test", "", "other", "400"], 1), (["test", "all", "GET", "200"], 1)]
        assert in_flight(made) == 0


async def test_a_body_that_an_outer_middleware_has_read_is_forwarded() -> None:
    @web.middleware
    async def reads(request: web.Request, handler: object) -> web.StreamResponse:
        assert await request.read() == b"whole"
        return await handler(request)  # type: ignore[operator, no-any-return]

    async with FakeOrigin(answering()) as origin:
        made = runtime(in_front_of(origin))
        app = web.Application(middlewares=[reads])
        app.router.add_route("*", "/{path:.*}", penstock_handler(made))
        app.cleanup_ctx.append(made.lifespan)
        async with Mounted(app) as serving:
            client = await serving.connect()
            await client.send(post(b"whole"))
            await client.expect_response(200)
            assert complete_messages(origin.recorded)[0][0].body == b"whole"
