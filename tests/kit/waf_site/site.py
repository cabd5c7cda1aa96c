"""The playhouse's server; it keeps nothing, so that a recorded request can come at any time."""

from __future__ import annotations

import struct
import zlib

from aiohttp import WSMsgType, web

from kit.waf_site import pages

PLAYS = [
    {"id": 12, "title": "The Cherry Orchard", "price": 24.5, "venue": {"name": "Main stage", "seats": 412}},
    {"id": 13, "title": "Le Malade imaginaire", "price": 18, "venue": {"name": "Château d'Eau", "seats": 96}},
    {"id": 14, "title": "Der gute Mensch von Sezuan", "price": 21, "venue": {"name": "Weir bar", "seats": 40}},
]
SCRIPT = """const seen = encodeURIComponent(JSON.stringify({page: location.pathname, at: 1}));
document.cookie = "seen=" + seen + "; path=/";
document.addEventListener("click", event => { if (event.target.id) console.debug("clicked", event.target.id); });
"""


def picture() -> bytes:
    """Make a PNG of one grey pixel (RFC 2083)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    )


async def _page(request: web.Request) -> web.Response:
    return web.Response(text=pages.page(request.path), content_type="text/html", headers={"etag": '"weir-1"'})


async def _accepted(request: web.Request) -> web.Response:
    """Read a form to its end and thank for it, as most handlers of forms do."""
    await request.read()
    return web.Response(text=f"<p>Thank you.</p><a href='{request.path}'>Back</a>", content_type="text/html")


async def _api(request: web.Request) -> web.Response:
    body = await request.read()
    answer = {"plays": PLAYS, "received": len(body), "page": {"number": 1, "size": 20, "next": "/api/plays?page=2"}}
    return web.json_response(answer, headers={"access-control-allow-origin": "*", "access-control-allow-headers": "*"})


async def _static(request: web.Request) -> web.Response:
    if request.path.endswith(".png"):
        return web.Response(body=picture(), content_type="image/png")
    if request.path.endswith(".js"):
        return web.Response(text=SCRIPT, content_type="text/javascript")
    return web.Response(text="nav { padding: 1em }\n", content_type="text/css")


async def _echo(request: web.Request) -> web.WebSocketResponse | web.Response:
    socket = web.WebSocketResponse()
    if not socket.can_prepare(request):
        return web.Response(text="a WebSocket, please")
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
    return socket


async def _anything(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(
        text="<p>There is nothing here. Perhaps a search helps?</p>", content_type="text/html", status=404
    )


def application() -> web.Application:
    app = web.Application(client_max_size=1 << 24)
    for path in pages.paths():
        app.router.add_get(path, _page)
        app.router.add_post(path, _accepted)
    app.router.add_get("/echo", _echo)
    app.router.add_get("/static/{name}", _static)
    app.router.add_route("*", "/api/{rest:.*}", _api)
    app.router.add_route("*", "/graphql", _api)
    app.router.add_route("*", "/{rest:.*}", _anything)
    return app
