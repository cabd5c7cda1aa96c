"""What aiohttp has read is written out again byte for byte."""

from __future__ import annotations

import pytest
from aiohttp import web
from kit import get
from kit.application import Mounted

from proxy.embedded.head import client_of, head_of
from proxy.errors import BadRequest, HeaderTooLarge
from proxy.exchange import Client
from proxy.limits import Limits


@pytest.mark.parametrize(
    "sent",
    [
        get("/a%2Fb/../%7e?q=%zz&x"),
        get("/", b"X-Bytes: \xe9\xff", "x-twice: 1", "X-Twice: 2"),
        get("http://example.test/absolute"),
        get("/", "Connection: keep-alive", version="1.0"),
    ],
)
async def test_a_head_comes_back_as_it_was_sent(sent: bytes) -> None:
    assert head_of(await request_of(sent), Limits()) == sent


async def test_header_bytes_over_the_limit_are_refused() -> None:
    with pytest.raises(HeaderTooLarge):
        head_of(await request_of(get("/", "X: " + "a" * 100)), Limits(header_bytes=100))


async def test_a_line_break_that_a_middleware_put_into_a_field_is_refused() -> None:
    request = await request_of(get("/"))
    with pytest.raises(BadRequest):
        head_of(request.clone(headers={"Host": "a", "X": "b\r\nY: c"}), Limits())


async def test_the_client_is_the_transports_peer() -> None:
    clients: list[Client] = []

    async def handle(request: web.Request) -> web.Response:
        clients.append(client_of(request, "public"))
        return web.Response()

    app = web.Application()
    app.router.add_get("/", handle)
    async with Mounted(app) as serving:
        client = await serving.connect()
        await client.send(get("/", "X-Forwarded-For: 1.2.3.4"))
        await client.expect_response(200)
        port = client.transport.get_extra_info("sockname")[1]
        assert clients == [Client("127.0.0.1", port, "public", False, None, *serving.address)]


async def request_of(sent: bytes) -> web.Request:
    """Return the request that a handler was given."""
    seen: list[web.Request] = []

    async def handle(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with Mounted(app) as serving:
        client = await serving.connect()
        await client.send(sent)
        await client.expect_response(200)
    return seen[0]
