"""An exchange that a function begins on behalf of another: no client's connection carries it."""

from __future__ import annotations

from typing import Final

from proxy.errors import ClientError
from proxy.exchange import Exchange
from proxy.http1.codec import Kind, kind_of
from proxy.http1.target import parse_request_line
from proxy.messages import Headers, Request
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.request_fields import check_fields
from wasm_host.functions.services import HttpAsk

MOST_DEEP: Final = 3
"""A function that is asked by a sub-request may make one, and so on: this often."""

_OF_THE_CLIENT: Final = frozenset(b"forwarded via x-forwarded-for x-forwarded-host x-forwarded-proto".split())
"""What the listener has said of the client; a function can't say otherwise, nor by an alias that CGI would fold."""
_WITH_CONTENT: Final = frozenset({"POST", "PUT", "PATCH"})
"""Where these have none they say so (RFC 9110 §8.6)."""
_DEPTH: Final = "depth of sub-requests"
_SENT: Final = "sub-requests sent"


class Subexchange(Exchange):
    """Its id is its parent's with a number behind it."""

    __slots__ = ("_name",)

    def __init__(self, parent: Exchange, request: Request) -> None:
        super().__init__(request, parent.client)
        self._name = f"{parent.id}-{_count(parent)}"
        self.values[_DEPTH] = _depth(parent) + 1

    @property
    def id(self) -> str:
        return self._name


def _depth(exchange: Exchange) -> int:
    depth: int = exchange.values.get(_DEPTH, 0)
    return depth


def _count(parent: Exchange) -> int:
    parent.values[_SENT] = number = parent.values.get(_SENT, 0) + 1
    return int(number)


def subexchange(parent: Exchange, ask: HttpAsk) -> Subexchange:
    """Make the exchange that a function asks for; raises HostcallFailed."""
    if _depth(parent) >= MOST_DEEP:
        raise HostcallFailed("over_budget", f"sub-requests are {MOST_DEEP} deep at most")
    return Subexchange(parent, _request(parent.request, ask))


def _request(parent: Request, ask: HttpAsk) -> Request:
    authority, fields = check_fields(ask.headers, len(ask.body))
    line = f"{ask.method.upper()} {ask.url} HTTP/1.1"
    try:
        read = parse_request_line(line.encode())
    except (ClientError, UnicodeEncodeError) as error:
        raise HostcallFailed("invalid", str(error)) from error
    if read.authority is not None or not read.path.startswith("/"):
        raise HostcallFailed("invalid", "a sub-request's URL is a path and a query")
    headers = _headers(fields, parent)
    request = Request(read.method, read.path, read.query, headers, parent.scheme, parent.authority, parent.host)
    if ask.body or read.method in _WITH_CONTENT:
        request.body = ask.body
    request.authorized = b"authorization" in headers.names()
    request.field_count = len(headers)
    request.head_bytes = len(read.upstream_line) + sum(len(each) + 2 for each in headers.lines)
    if authority is not None:
        _set_authority(request, authority)
    return request


def _headers(fields: tuple[tuple[str, str], ...], parent: Request) -> Headers:
    """Return what the function says, and what is known of the client that it speaks for."""
    headers = Headers.of((name, value) for name, value in fields if _is_its_own(name.encode()))
    known = zip(parent.headers.names(), parent.headers.lines, strict=True)
    headers.lines.extend(line for name, line in known if name in _OF_THE_CLIENT)
    return headers


def _is_its_own(name: bytes) -> bool:
    return name.lower() not in _OF_THE_CLIENT and kind_of(name) is not Kind.ALIAS


def _set_authority(request: Request, authority: str) -> None:
    try:
        request.authority = authority
    except ValueError as error:
        raise HostcallFailed("invalid", str(error)) from error
