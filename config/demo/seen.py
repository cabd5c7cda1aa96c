"""What the origin saw of a request, as data for programs and as a page for people."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, Final

from aiohttp import BodyPartReader, hdrs, web

PIECE_BYTES: Final = 64 * 1024
SHOWN_BYTES: Final = 200
"""How much of a body is shown; of all of it there is a digest."""

_PAGE: Final = Template((files(__package__) / "page.html").read_text())
_PLAYGROUND: Final = (files(__package__) / "playground.html").read_text()

Pieces = AsyncIterator[bytes]


async def seen(request: web.Request) -> dict[str, Any]:
    """Return method, target, body and headers; bodies are read piece by piece, however large."""
    said: dict[str, Any] = {"method": request.method, "target": request.raw_path}
    if request.query:
        said["query"] = dict(request.query)
    if request.content_type == "multipart/form-data":
        said["form"] = await _parts(request)
    elif request.content_type == "application/x-www-form-urlencoded":
        said["form"] = dict(await request.post())
    elif request.can_read_body:
        said["body"] = await _digest(request.content.iter_chunked(PIECE_BYTES))
    said["headers"] = {name: ", ".join(request.headers.getall(name)) for name in request.headers}
    return said


async def _parts(request: web.Request) -> dict[str, Any]:
    found: dict[str, Any] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise web.HTTPBadRequest(text="a form holds no forms\n")
        name = part.name or ""
        if part.filename is None:
            found[name] = await part.text()
        else:
            found[name] = {"filename": part.filename, **await _digest(_pieces(part))}
    return found


async def _pieces(part: BodyPartReader) -> Pieces:
    while piece := await part.read_chunk(PIECE_BYTES):
        yield piece


async def _digest(pieces: Pieces) -> dict[str, Any]:
    hashed, count, start = hashlib.sha256(), 0, b""
    async for piece in pieces:
        hashed.update(piece)
        count += len(piece)
        start = (start + piece[:SHOWN_BYTES])[:SHOWN_BYTES]
    return {"bytes": count, "sha256": hashed.hexdigest(), "starts": start.decode("utf-8", "backslashreplace")}


def page(said: Mapping[str, Any], *, playground: bool) -> str:
    """Return what was seen as HTML, with or without things to play with."""
    proxy = said["headers"].get(hdrs.VIA)
    way = f"This page came through a proxy, <code>{escape(proxy)}</code>." if proxy else "Nothing stands before it."
    back = '<p><a href="/">Back to the things to try</a></p>'
    return _PAGE.substitute(
        title="The demo origin" if playground else escape(f"{said['method']} {said['target']}"),
        way=way,
        playground=_PLAYGROUND if playground else back,
        seen="".join(_row(name, value) for name, value in _flat(said)),
    )


def _flat(said: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Return one row for each value; those of a form keep its name, headers need none."""
    rows: list[tuple[str, str]] = []
    for name, value in said.items():
        if isinstance(value, Mapping):
            rows += _flat(value, "" if name == "headers" else f"{above}{name} ")
        else:
            rows.append((f"{above}{name}", str(value)))
    return rows


def _row(name: str, value: str) -> str:
    return f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
