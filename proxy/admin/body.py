"""The bodies of calls: of the right kind, not too large, not too slow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import HttpVersion11, hdrs, web

from proxy.admin.answers import Refused
from proxy.admin.endpoint import ANY, Body

TIMEOUT_S: Final = 30.0


async def read_body(request: web.Request, wanted: Body) -> bytes:
    """Return a call's body; raises Refused."""
    content = bytearray()
    async with receiving(request, wanted, TIMEOUT_S):
        async for piece in request.content.iter_any():
            content += piece
            if len(content) > wanted.limit_bytes:
                raise too_large("the body", wanted.limit_bytes)
    return bytes(content)


@asynccontextmanager
async def receiving(request: web.Request, wanted: Body, timeout_s: float) -> AsyncIterator[None]:
    """Ask for a body that is of the right kind, and let it be read in time; raises Refused."""
    _check_kind(request, wanted)
    if (request.content_length or 0) > wanted.limit_bytes:
        raise too_large("the body", wanted.limit_bytes)
    await _ask_for(request)
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError:
        raise Refused(408, f"the body took longer than {timeout_s:g} s; send it at once") from None
    except (web.RequestPayloadError, ConnectionError):
        raise Refused(400, "the body breaks off or is badly framed; send it with Content-Length") from None


async def read_object(request: web.Request, wanted: Body) -> dict[str, Any]:
    """Return the JSON object that a call brings, `{}` where it need not bring one; raises Refused."""
    content = await read_body(request, wanted)
    return {} if not content and not wanted.required else json_object(content, "the body")


def json_object(content: bytes | bytearray, what: str) -> dict[str, Any]:
    """Read a JSON object; raises Refused, which says what it is that is none."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"{what} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Refused(400, f"{what} is no JSON object; write {{…}}")
    return found


def kind_of(request: web.Request, bodies: Sequence[Body]) -> Body:
    """Return which of these a call brings; the first where it does not say, or brings none of them."""
    return next((each for each in bodies if request.content_type in each.media_types), bodies[0])


async def _ask_for(request: web.Request) -> None:
    """Tell a client that waits with its body (RFC 9110 §10.1.1) that it is wanted: not before it is."""
    if request.version >= HttpVersion11 and request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # Else aiohttp takes the answer for one that has begun.


def _check_kind(request: web.Request, wanted: Body) -> None:
    """Refuse other media types; a form's among them, which any web page may have its visitor's browser send."""
    if wanted.media_types == ANY or not (wanted.required or request.body_exists):
        return
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity":
        raise Refused(415, "send the body as it is, without Content-Encoding")
    if hdrs.CONTENT_TYPE in request.headers and request.content_type not in wanted.media_types:
        kind = wanted.media_types[0]
        raise Refused(415, f"{request.content_type} is not taken here; send Content-Type: {kind}")


def too_large(what: str, limit_bytes: int) -> Refused:
    return Refused(413, f"{what} is larger than {limit_bytes} bytes; send less")
