"""What an application's handler is given behind a chain."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web
from kit import get, post
from kit.application import Mounted, around
from kit.messages import Message

from proxy.exchange import Exchange
from proxy.filter import HOLD, Filter, Hold
from proxy.limits import Limits
from proxy.messages import Response


async def mirror(request: web.Request) -> web.Response:
    body = await request.read()
    return web.json_response(
        {
            "method": request.method,
            "path": request.path_qs,
            "fields": [[name.decode(), value.decode()] for name, value in request.raw_headers],
            "headers": [[name, value] for name, value in request.headers.items()],
            "body": body.decode(),
            "remote": request.remote,
            "scheme": request.scheme,
            "host": request.host,
            "match": dict(request.match_info),
        }
    )


async def mirrored(app: Mounted, sent: bytes) -> Any:
    client = await app.connect()
    await client.send(sent)
    return json.loads((await client.expect_response(200)).body)


class Editing(Filter):
    def on_request(self, exchange: Exchange) -> None:
        request = exchange.request
        request.method, request.path, request.query = "PUT", "/edited/%20", "b=2"
        request.headers.set("X-Mine", "edited")
        request.headers.remove("X-Gone")
        request.authority = "other.test:81"

    def on_upstream_request(self, exchange: Exchange) -> None:
        exchange.request.headers.set("X-Late", "1")


async def test_a_handler_sees_what_filters_edited() -> None:
    async with Mounted(around(mirror, Editing())) as app:
        seen = await mirrored(app, post(b"body", "X-Mine: 1", "X-Gone: 1", "X-Kept: a", "x-kept: b", target="/a?b=1"))
    assert (seen["method"], seen["path"], seen["host"]) == ("PUT", "/edited/%20?b=2", "other.test:81")
    fields = [field for field in seen["fields"] if field[0].lower().startswith("x-") and "Forw" not in field[0]]
    assert fields == [["X-Mine", "edited"], ["X-Kept", "a"], ["x-kept", "b"], ["X-Late", "1"]]
    assert seen["headers"] == seen["fields"]
    assert (seen["body"], seen["match"]) == ("body", {"path": "a"})  # The handler was chosen before.


async def test_a_handler_is_told_of_its_client_as_behind_a_listener() -> None:
    async with Mounted(around(mirror, Filter())) as app:
        seen = await mirrored(app, get("/a//b/../c", "X-Forwarded-For: 1.2.3.4"))
    assert seen["path"] == "/a/c"
    assert (seen["remote"], seen["scheme"]) == ("127.0.0.1", "http")
    assert [value for name, value in seen["fields"] if name == "X-Forwarded-For"] == ["127.0.0.1"]


class Doubling(Filter):
    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
        return chunk * 2


class Holding(Doubling):
    def on_request(self, exchange: Exchange) -> Hold:
        return HOLD


@pytest.mark.parametrize("filter", [Doubling(), Holding()])
async def test_a_handler_reads_the_body_that_filters_made(filter: Filter) -> None:
    async with Mounted(around(mirror, filter)) as app:
        seen = await mirrored(app, post(b"ab"))
        assert seen["body"] == "abab"
        chunks = b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n"
        seen = await mirrored(app, get("/", "Transfer-Encoding: chunked", method="POST") + chunks)
        assert sorted(seen["body"]) == ["a", "a", "b", "b"]
        framing = {name: value for name, value in seen["fields"] if name in ("Content-Length", "Transfer-Encoding")}
        assert framing in ({"Content-Length": "4"}, {"Transfer-Encoding": "chunked"})


async def test_a_request_without_a_body_has_none_behind_a_body_filter() -> None:
    async with Mounted(around(mirror, Doubling())) as app:
        assert (await mirrored(app, get()))["body"] == ""


class Judging(Filter):
    name = "judge"

    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
        if b"evil" in chunk:
            exchange.decide(self.name, "refused", "evil")
            return Response.text(403, "no")
        return chunk


async def test_a_filter_that_answers_in_the_body_takes_the_handlers_place() -> None:
    async with Mounted(around(mirror, Judging())) as app:
        client = await app.connect()
        await client.send(post(b"evil"))
        await client.expect_response(403, body=b"no")
        await client.send(post(b"good"))
        await client.expect_response(200)


class Answering(Filter):
    def __init__(self) -> None:
        self.completed = 0

    def on_request(self, exchange: Exchange) -> Response:
        return Response.text(401, "who?")

    def on_complete(self, exchange: Exchange) -> None:
        self.completed += 1


async def test_a_filters_answer_replaces_the_handler() -> None:
    async def never(request: web.Request) -> web.Response:
        raise AssertionError

    answering = Answering()
    async with Mounted(around(never, answering)) as app:
        client = await app.connect()
        await client.send(get() + get())
        for _ in range(2):
            await client.expect_response(401, body=b"who?")
        assert answering.completed == 2


class Failing(Filter):
    async def on_upstream_response(self, exchange: Exchange, response: Response) -> None:
        raise ZeroDivisionError


async def test_a_filter_that_fails_at_the_handlers_answer_is_500() -> None:
    async with Mounted(around(mirror, Failing())) as app:
        client = await app.connect()
        await client.send(get())
        await client.expect_response(500)


async def test_an_upload_streams_to_its_handler_through_a_body_filter() -> None:
    seen: asyncio.Queue[bytes] = asyncio.Queue()

    async def reading(request: web.Request) -> web.Response:
        async for piece in request.content.iter_any():
            seen.put_nowait(piece)
        return web.Response()

    async with Mounted(around(reading, Doubling())) as app:
        client = await app.connect()
        await client.send(get("/", "Transfer-Encoding: chunked", method="POST"))
        for piece in (b"a", b"b"):
            await client.send(b"1\r\n%b\r\n" % piece)
            async with asyncio.timeout(5):
                assert await seen.get() == piece * 2
        await client.send(b"0\r\n\r\n")
        await client.expect_response(200)


async def test_a_handler_that_reads_nothing_holds_the_client_up_behind_a_body_filter() -> None:
    go_on = asyncio.Event()

    async def reading(request: web.Request) -> web.Response:
        await go_on.wait()
        total = 0
        async for piece in request.content.iter_any():
            total += len(piece)
        return web.Response(text=str(total))

    class Passing(Filter):
        def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
            return chunk

    size = 64 * 1024 * 1024
    async with Mounted(around(reading, Passing(), limits=Limits(body_bytes=size))) as app:
        client = await app.connect()
        await client.send(get("/", f"Content-Length: {size}", method="POST"))
        pouring = asyncio.create_task(client.pour(b"a" * 65536, size))
        await asyncio.sleep(1)
        assert not pouring.done()
        go_on.set()
        await pouring
        await client.expect_response(200, body=str(size).encode())


async def test_an_outer_middleware_sees_what_the_handler_kept_on_the_request() -> None:
    key = web.RequestKey("key", str)
    seen: list[str] = []

    @web.middleware
    async def outer(request: web.Request, handler: Any) -> web.StreamResponse:
        assert await request.read() == b"body"
        response: web.StreamResponse = await handler(request)
        seen.append(request[key])
        return response

    async def keeping(request: web.Request) -> web.Response:
        request[key] = (await request.read()).decode()
        return web.Response()

    app = around(keeping, Filter())
    app.middlewares.insert(0, outer)
    async with Mounted(app) as serving:
        client = await serving.connect()
        await client.send(post(b"body"))
        await client.expect_response(200)
    assert seen == ["body"]


async def test_signals_of_the_application_see_the_answer_once_and_last() -> None:
    async def sign(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.add("X-Signal", response.headers["X-Filter"])

    class Marking(Filter):
        def on_response(self, exchange: Exchange, response: Response) -> None:
            response.headers.set("X-Filter", "first")

    app = around(mirror, Marking())
    app.on_response_prepare.append(sign)
    async with Mounted(app) as serving:
        client = await serving.connect()
        await client.send(get())
        response: Message = await client.expect_response(200)
        assert response.all("X-Signal") == ["first"]


async def test_a_malformed_target_never_reaches_a_handler() -> None:
    async with Mounted(around(mirror, Filter())) as app:
        client = await app.connect()
        await client.send(get("/a%2fb"))
        await client.expect_response(400)
