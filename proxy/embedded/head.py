"""A request's head as aiohttp has it, written out again for the strict intake to judge.

aiohttp's parser has passed it; but what a listener refuses or strips, an embedded pipeline refuses and strips too.
"""

from __future__ import annotations

from aiohttp import web

from proxy.errors import BadRequest, HeaderTooLarge
from proxy.exchange import Client
from proxy.limits import Limits
from proxy.sockets import client_at


def head_of(request: web.Request, limits: Limits) -> bytes:
    """Return a whole head with its empty line; raises ClientError."""
    # surrogateescape is how aiohttp decodes a target, so this gives its bytes back.
    target = request.raw_path.encode("utf-8", "surrogateescape")
    first = b"%b %b HTTP/%d.%d" % (request.method.encode(), target, *request.version)
    lines = [first, *(b"%b: %b" % field for field in request.raw_headers)]
    if any(b"\r" in line or b"\n" in line for line in lines):
        raise BadRequest("a line break in a field", reason="malformed_head")  # of a request that somebody cloned
    head = b"\r\n".join((*lines, b"\r\n"))
    if len(head) > limits.header_bytes:
        raise HeaderTooLarge("the header section is over the limit")
    return head


def client_of(request: web.Request, listener: str) -> Client:
    """Return who is at the other end of the transport."""
    tls = request.get_extra_info("sslcontext") is not None
    return client_at(request.get_extra_info, listener, tls=tls)
