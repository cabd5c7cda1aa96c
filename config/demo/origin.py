"""A demo origin: shows each request as it arrived, and has something slow, something live and something broken."""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from aiohttp import WSMsgType, hdrs, web

from config.demo.seen import page, seen
from config.demo.token import token

LONGEST_S: Final = 300.0
MOST: Final = 1000


NAME: Final = web.AppKey("name", str)
SECRET: Final = web.AppKey("secret", str)
ASKED: Final = web.AppKey("asked", Counter[str])


def application(name: str = "demo", secret: str = "") -> web.Application:
    """Make an origin's application. `name` is what it calls itself, `secret` what it signs tokens with."""
    app = web.Application()
    app[NAME], app[SECRET], app[ASKED] = name, secret, Counter()
    app.add_routes(
        [
            web.get("/events", events),
            web.get("/stream", stream),
            web.get("/echo", echo),
            web.get("/visit", visit),
            web.get("/login", login),
            web.get("/news{rest:.*}", news),
            web.get("/slow", slow),
            web.get("/fail", fail),
            web.get("/cut", cut),
            web.route("*", "/{anything:.*}", mirror),
        ]
    )
    return app


async def mirror(request: web.Request) -> web.Response:
    """Show the request: a page for browsers, JSON for everybody else."""
    said = {"origin": request.app[NAME], **await seen(request)}
    if "text/html" in request.headers.get(hdrs.ACCEPT, ""):
        return web.Response(text=page(said, playground=request.path == "/"), content_type="text/html")
    return web.Response(text=json.dumps(said, indent=2, ensure_ascii=False) + "\n", content_type="application/json")


async def events(request: web.Request) -> web.StreamResponse:
    """Send `count` server-sent events, `interval` seconds apart."""
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    numbered = [f"id: {number}\ndata: event {number}\n\n" for number in _numbers(request)]
    return await _trickle(request, headers, [*numbered, "event: end\ndata: that was all\n\n"])


async def stream(request: web.Request) -> web.StreamResponse:
    """Send `count` lines in chunks, `interval` seconds apart."""
    return await _trickle(request, {"Content-Type": "text/plain"}, [f"line {n}\n" for n in _numbers(request)])


async def _trickle(request: web.Request, headers: Mapping[str, str], pieces: Iterable[str]) -> web.StreamResponse:
    interval_s = _seconds(request, "interval", 1.0)
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    with suppress(ConnectionResetError):  # the client may leave
        for piece in pieces:
            await response.write(piece.encode())
            await asyncio.sleep(interval_s)
    return response


async def echo(request: web.Request) -> web.WebSocketResponse:
    """Say over a WebSocket what is said."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


async def visit(request: web.Request) -> web.Response:
    """Count in a cookie, and go back."""
    visits = request.cookies.get("visits", "0")
    response = web.Response(status=303, headers={hdrs.LOCATION: "/"})
    response.set_cookie("visits", str(int(visits) + 1 if visits.isdecimal() else 1), path="/", samesite="Lax")
    return response


async def login(request: web.Request) -> web.Response:
    """Hand out a token for `user`, who is in the group `keepers`, whoever asks: it is a demo."""
    claims = {"sub": request.query.get("user", "ali"), "groups": ["keepers"]}
    return web.Response(text=token(claims, request.app[SECRET]))


async def news(request: web.Request) -> web.Response:
    """Say how often this page was asked for, and that the answer is good for ten seconds."""
    app, page = request.app, request.rel_url.path_qs
    app[ASKED][page] += 1
    text = f"The origin was asked for {page} {_times(app[ASKED][page])}.\n"
    headers = {hdrs.CACHE_CONTROL: "max-age=10", hdrs.ETAG: f'"{app[ASKED][page]}"', "Surrogate-Key": "news"}
    return web.Response(text=text, headers=headers)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


async def slow(request: web.Request) -> web.Response:
    """Answer after `seconds`."""
    seconds = _seconds(request, "seconds", 3.0)
    await asyncio.sleep(seconds)
    return web.Response(text=f"That took {seconds:g} s.\n")


async def fail(request: web.Request) -> web.Response:
    """Answer with `status`, 500 if it is none."""
    asked = request.query.get("status", "")
    status = int(asked) if asked.isdecimal() and 400 <= int(asked) <= 599 else 500
    return web.Response(status=status, text=f"The origin says {status}.\n")


async def cut(request: web.Request) -> web.StreamResponse:
    """Promise a thousand bytes, send ten, and hang up."""
    response = web.StreamResponse(headers={hdrs.CONTENT_LENGTH: "1000", hdrs.CONTENT_TYPE: "text/plain"})
    await response.prepare(request)
    await response.write(b"ten bytes\n")
    if request.transport is not None:
        request.transport.close()
    return response


def _numbers(request: web.Request) -> range:
    asked = request.query.get("count", "")
    return range(1, 1 + (min(int(asked), MOST) if asked.isdecimal() else 5))


def _seconds(request: web.Request, name: str, otherwise: float) -> float:
    try:
        seconds = float(request.query.get(name, otherwise))
    except ValueError:
        seconds = math.nan
    if math.isnan(seconds):
        raise web.HTTPBadRequest(text=f"{name} is a number of seconds\n")
    return max(0.0, min(seconds, LONGEST_S))
