"""Keeps every request that a server receives, as the server saw it, without what only this run knows: its port."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiohttp import web

from kit.waf import Sent

HOST = "playhouse.example"
PAGE_SCRIPT = "/static/site.js"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Recorder:
    """`sent` are the requests so far, one of each kind: what a client repeats is kept once."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._known: set[tuple[object, ...]] = set()
        self.sent: list[Sent] = []

    def middleware(self) -> Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]:
        @web.middleware
        async def recording(request: web.Request, handler: Handler) -> web.StreamResponse:
            body = await request.read()
            headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers)
            self._keep(Sent("", request.method, request.raw_path, headers, _framed(request, body)))
            return await handler(request)

        return recording

    def _keep(self, sent: Sent) -> None:
        known = _without_port(sent)
        identity = (known.method, known.target, _telling(known), known.body)
        if identity not in self._known:
            self._known.add(identity)
            self.sent.append(replace(known, name=f"{self._prefix}-{len(self.sent) + 1:03}"))


def _framed(request: web.Request, body: bytes) -> bytes:
    """Give a body that came in chunks its framing again, in one chunk."""
    if request.headers.get("transfer-encoding", "").lower() != "chunked":
        return body
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def _telling(sent: Sent) -> tuple[tuple[str, str], ...]:
    """Return the headers by which two requests for the same thing differ; a page's script tells of each page."""
    dull = {"host", "connection", "cache-control", "pragma"}
    if not sent.target.startswith(PAGE_SCRIPT):
        dull.add("referer")
    return tuple(header for header in sent.headers if header[0].lower() not in dull)


def _without_port(sent: Sent) -> Sent:
    text = re.compile(r"(?:127\.0\.0\.1|localhost)(?::|%3A|%253A)\d+")
    body = re.sub(rb"(?:127\.0\.0\.1|localhost)(?::|%3A|%253A)\d+", HOST.encode(), sent.body)
    headers = tuple((name, text.sub(HOST, value)) for name, value in sent.headers if name.lower() != "content-length")
    return replace(sent, target=text.sub(HOST, sent.target), headers=headers, body=body)
