"""The application's own handler as an origin: it gets the request as the filters left it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from aiohttp import EMPTY_PAYLOAD, StreamReader, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from proxy.body import HIGH_WATER_BYTES, Body
from proxy.chain import discard
from proxy.embedded.reply import Reply
from proxy.embedded.visit import Visit
from proxy.errors import ClientGone, ProxyError
from proxy.exchange import Exchange
from proxy.messages import OF_THE_CONNECTION, Response
from proxy.runtime import Waiter, spawn


class HandlerOrigin:
    """Answers each exchange by the handler of the visit that carries it."""

    async def fetch(self, exchange: Exchange) -> Response:
        """Return what the handler answers; raises ProxyError where it fails."""
        visit, route = exchange.carrier, exchange.route
        assert isinstance(visit, Visit)
        assert visit.handler is not None
        assert route is not None
        if route.chain.upstream_request_hooks:
            await route.chain.upstream_request(exchange)
        reply = visit.reply = Reply(visit.request)
        reply.start(visit.handler, _request(visit, reply))
        response = await reply.response
        if reply.wants_close:
            visit.persistent = False
        if route.chain.upstream_response_hooks:
            try:
                await route.chain.upstream_response(exchange, response)
            except BaseException:
                discard(response)
                raise
        return response


class _Request(web.Request):
    """Leaves the application's signals to the answer that goes out, which filters have still to see."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        pass


def _request(visit: Visit, reply: Reply) -> web.Request:
    """Make the handler's request: the application's own but for what filters can edit, and for its writer."""
    outer, exchange, request = visit.request, visit.exchange, visit.exchange.request
    untouched = request.body is visit.body
    fields = _fields(visit, untouched=untouched)
    message = outer._message._replace(
        method=request.method,
        path=request.target,
        url=URL(request.target, encoded=True),
        headers=CIMultiDictProxy(CIMultiDict((_text(name), _text(value)) for name, value in fields)),
        raw_headers=tuple(fields),
    )
    content = outer.content if untouched else _content(request.body, reply)
    inner = _Request(
        message,
        content,
        outer.protocol,
        reply,
        outer.task,
        cast(Any, _WithoutSendfile(asyncio.get_running_loop())),
        client_max_size=outer.client_max_size,
        client_max_fields=outer.client_max_fields,
        state=outer._state,
        scheme=request.scheme,
        remote=exchange.client.address or None,
    )
    inner._match_info = outer._match_info
    if untouched:
        inner._read_bytes = outer._read_bytes
    return inner


def _fields(visit: Visit, *, untouched: bool) -> list[tuple[bytes, bytes]]:
    """Return the fields as the filters left them, and as they came those of the connection, by which aiohttp goes."""
    request = visit.exchange.request
    own = {b"host"} if untouched else {b"host", b"content-length", b"transfer-encoding"}
    fields = [(b"Host", request.authority.encode("latin-1"))]
    for line in request.headers.lines:
        name, _, value = line.partition(b":")
        fields.append((name, value.strip(b" \t")))
    for name, value in visit.request.raw_headers:
        if name.lower() in OF_THE_CONNECTION and name.lower() not in own:
            fields.append((name, value))
    if not untouched and request.body is not None:
        length = len(request.body) if isinstance(request.body, bytes) else request.body.length
        fields.append((b"Transfer-Encoding", b"chunked") if length is None else (b"Content-Length", b"%d" % length))
    return fields


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")  # as aiohttp's parser has it


def _content(body: Body | bytes | None, reply: Reply) -> StreamReader:
    if not body:
        return EMPTY_PAYLOAD
    refill = _Refill()
    if isinstance(body, bytes):
        refill.reader.feed_data(body)
        refill.reader.feed_eof()
    else:
        spawn(refill.run(body, reply), "feed a filtered body to its handler")
    return refill.reader


class _Refill:
    """Fills a StreamReader with what filters made of a body, in the place of the protocol that it holds up."""

    connected = True

    def __init__(self) -> None:
        self._resumed: Waiter[None] | None = None
        self.reader = StreamReader(cast(Any, self), HIGH_WATER_BYTES, loop=asyncio.get_running_loop())

    def pause_reading(self) -> None:
        if self._resumed is None:
            self._resumed = Waiter()

    def resume_reading(self, resume_parser: bool = True) -> None:
        resumed, self._resumed = self._resumed, None
        if resumed is not None:
            resumed.wake(None)

    async def run(self, body: Body, reply: Reply) -> None:
        """Fill it; what breaks the body ends the exchange first, then the handler's reading."""
        try:
            while piece := await body.read():
                self.reader.feed_data(piece)
                if self._resumed is not None:
                    await self._resumed
        except asyncio.CancelledError:
            self.reader.set_exception(ClientGone())
            raise
        except ProxyError as error:
            reply.fail(error)
            self.reader.set_exception(error)
        else:
            self.reader.feed_eof()


class _WithoutSendfile:
    """A loop that makes aiohttp's FileResponse read its file, where sendfile would go past the filters."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    async def sendfile(self, *_: object) -> None:
        raise NotImplementedError
