"""What an application's own hooks can do to an answer of the pipeline."""

from __future__ import annotations

import pytest
from aiohttp import web
from kit import FakeOrigin, answering, get, in_front_of
from kit.application import Mounted, application, in_flight, runtime
from kit.exchanges import make_exchange

from proxy.embedded.answer import Answer
from proxy.messages import Headers, Response

STREAMED = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"


@pytest.mark.parametrize("answer", [STREAMED, b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nContent-Length: 2\r\n\r\nok"])
async def test_on_response_prepare_edits_the_head(answer: bytes) -> None:
    async def edit(request: web.Request, response: web.StreamResponse) -> None:
        assert not response.prepared
        assert response.headers.getall("Set-Cookie") == ["a=1"]
        response.headers["X-Signal"] = "seen"
        response.headers["Content-Length"] = "999"
        response.set_cookie("b", "2")

    async with FakeOrigin(answering(answer)) as origin:
        app = application(runtime(in_front_of(origin)))
        app.on_response_prepare.append(edit)
        async with Mounted(app) as serving:
            client = await serving.connect()
            await client.send(get())
            response = await client.expect_response(200, body=b"ok")
            assert response.get("X-Signal") == "seen"
            assert response.all("Set-Cookie") == ["a=1", "b=2; Path=/"]


async def test_a_signal_that_fails_gives_500_and_frees_the_origin() -> None:
    async def fail(request: web.Request, response: web.StreamResponse) -> None:
        if isinstance(response, Answer):
            raise ZeroDivisionError

    async with FakeOrigin() as origin:
        made = runtime(in_front_of(origin))
        app = application(made)
        app.on_response_prepare.append(fail)
        async with Mounted(app) as serving:
            client = await serving.connect()
            await client.send(get())
            upstream = await origin.accept()
            await upstream.expect_request()
            await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
            await client.expect_response(500)
            await upstream.expect_cut()
            assert in_flight(made) == 0


async def test_a_middleware_outside_sees_status_headers_and_length() -> None:
    seen: list[object] = []

    @web.middleware
    async def look(request: web.Request, handler: web.Request) -> web.StreamResponse:
        response: web.StreamResponse = await handler(request)  # type: ignore[operator]
        seen.extend([response.status, response.headers.getall("Set-Cookie"), response.body_length, response.prepared])
        return response

    async with FakeOrigin(answering(STREAMED)) as origin:
        app = application(runtime(in_front_of(origin)))
        app.middlewares.append(look)
        async with Mounted(app) as serving:
            client = await serving.connect()
            await client.send(get())
            await client.expect_response(200, body=b"ok")
    assert seen == [200, ["a=1"], 2, True]


async def test_nobody_else_writes_an_answer_of_the_pipeline() -> None:
    answer = Answer(make_exchange(), Response(200, Headers()))
    with pytest.raises(RuntimeError):
        await answer.write(b"more")
