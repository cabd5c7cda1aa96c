"""What is learned about a call on its way in."""

from __future__ import annotations

import secrets
import socket
import struct
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from proxy.admin.access import NOBODY, Caller
from proxy.admin.endpoint import Endpoint
from proxy.admin.endpoints import BY_ROUTE

CALLER: Final = web.RequestKey("caller", Caller)
ORDER: Final = web.RequestKey("order", Mapping[str, Any])
ID: Final = web.RequestKey("id", str)
STATUS: Final = web.RequestKey("status", int)
"""What the call came to, where the answer's own status is what a function answered."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that change nothing (RFC 9110 §9.2.1)."""

_CREDENTIALS: Final = struct.Struct("3i")
"""Linux' `struct ucred`: process, user, group (unix(7))."""


def begin(request: web.Request) -> None:
    """Give a call its id, and nobody as its caller."""
    request[ID], request[CALLER] = secrets.token_hex(8), NOBODY


def endpoint_of(request: web.Request) -> Endpoint | None:
    """Return what is asked for, None for what there is not."""
    resource = request.match_info.route.resource
    method = "GET" if request.method == "HEAD" else request.method
    return None if resource is None else BY_ROUTE.get((method, resource.canonical))


def address_of(request: web.Request) -> str:
    """Return where a call comes from: an IP address, or the user at the other end of a Unix socket."""
    if request.remote:
        return request.remote
    peer = request.get_extra_info("socket")
    if peer is None or peer.family != socket.AF_UNIX:
        return ""
    found = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return f"unix, user {_CREDENTIALS.unpack(found)[1]}"
