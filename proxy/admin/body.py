"""The bodies of calls: of the right kind, not too large, not too slow."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import HttpVersion11, hdrs, web

from proxy.admin.answers import Refused
from proxy.admin.endpoints import Body

TIMEOUT_S: Final = 30.0


async def read_body(request: web.Request, wanted: Body) -> bytes:
    """Return a call's body; raises Refused."""
    _check_kind(request, wanted)
    if (request.content_length or 0) > wanted.limit_bytes:
        raise _too_large(wanted)
    await _ask_for(request)
    content = bytearray()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            async for piece in request.content.iter_any():
                content += piece
                if len(content) > wanted.limit_bytes:
                    raise _too_large(wanted)
    except TimeoutError:
        raise Refused(408, f"the body took longer than {TIMEOUT_S:g} s; send it at once") from None
    except (web.RequestPayloadError, ConnectionError):
        raise Refused(400, "the body breaks off or is badly framed; send it with Content-Length") from None
    return bytes(content)


async def _ask_for(request: web.Request) -> None:
    """Tell a client that waits with its body (RFC 9110 §10.1.1) that it is wanted: not before it is."""
    if request.version >= HttpVersion11 and request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # Else aiohttp takes the answer for one that has begun.


def _check_kind(request: web.Request, wanted: Body) -> None:
    """Refuse other media types; a form's among them, which any web page may have its visitor's browser send."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity":
        raise Refused(415, "send the body as it is, without Content-Encoding")
    if hdrs.CONTENT_TYPE in request.headers and request.content_type not in wanted.media_types:
        kind = wanted.media_types[0]
        raise Refused(415, f"{request.content_type} is not taken here; send Content-Type: {kind}")


def _too_large(wanted: Body) -> Refused:
    return Refused(413, f"the body is larger than {wanted.limit_bytes} bytes; send less")
