"""The HTTP client of one function: every URL that is asked is judged, whoever named it."""

from __future__ import annotations

import asyncio
import re
from io import BytesIO
from typing import Final

import aiohttp
from multidict import CIMultiDict

from proxy.authority import same_authority
from proxy.errors import BadRequest
from wasm_host.functions.allowance import HttpAllowance
from wasm_host.functions.hostcall import HostcallFailed, Reason
from wasm_host.functions.network.guard import check
from wasm_host.functions.network.hosts import AllowList
from wasm_host.functions.network.pools import HttpPools
from wasm_host.functions.network.redirects import MOST_REDIRECTS, REDIRECTS, Outgoing, redirected
from wasm_host.functions.network.request_fields import check_fields
from wasm_host.functions.network.target import Target, is_ip
from wasm_host.functions.network.underway import begin
from wasm_host.functions.services import HttpAnswer, HttpAsk
from wasm_host.functions.settings import FunctionLimits

_METHOD: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Z]+")
_NEVER_ALLOWED: Final = frozenset({"CONNECT", "TRACE"})
_WRITTEN_AT_ONCE: Final = 64 * 1024


class FunctionHttp:
    """What a version of a function may ask, by its allowance and its limits; raises ValueError for a bad allowance."""

    def __init__(self, function: str, allowance: HttpAllowance, limits: FunctionLimits, pools: HttpPools) -> None:
        self._hosts = AllowList(allowance.hosts, plain=allowance.plain)
        self._limits = limits
        self._pool = pools.join(function, allowance.networks)
        self._task_name = f"http call of {function}"

    def fetch(self, ask: HttpAsk) -> asyncio.Task[HttpAnswer]:
        """Begin a request at once; raises HostcallFailed for one that never goes out."""
        request = self._checked(ask)
        asked_s = self._limits.http_s if ask.timeout_s is None else ask.timeout_s
        return begin(self._in_time(request, min(asked_s, self._limits.http_s)), self._task_name)

    async def close(self) -> None:
        """Let go of the connections; calls under way were cancelled before."""
        await self._pool.leave()

    def _checked(self, ask: HttpAsk) -> Outgoing:
        method = ask.method.upper()  # as aiohttp has it
        if method in _NEVER_ALLOWED or not _METHOD.fullmatch(method):
            raise HostcallFailed("invalid", f"{ask.method!r} is not a method that may be sent")
        if len(ask.body) > self._limits.http_bytes:
            raise HostcallFailed("too_large", f"the request's body has more than {self._limits.http_bytes} bytes")
        target = self._judged(Target.parse(ask.url))
        host, fields = check_fields(ask.headers, len(ask.body))
        if host is not None and not _is_same(host, target):
            raise HostcallFailed("invalid", f"Host {host!r} is not the URL's")
        return Outgoing(method, target, fields, ask.body)

    def _judged(self, target: Target) -> Target:
        self._hosts.check(target)
        if is_ip(target.host):
            check(self._pool.reach, target.host)
        return target

    async def _in_time(self, request: Outgoing, seconds: float) -> HttpAnswer:
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(request)
        except TimeoutError as error:
            raise _failure("timeout", request, f"no whole answer within {seconds:g} s") from error
        except aiohttp.ClientConnectorError as error:
            raise _failure("unavailable", request, str(error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _failure("failed", request, str(error) or type(error).__name__) from error

    async def _follow(self, request: Outgoing) -> HttpAnswer:
        """Send a request, and those that redirects make of it."""
        for _ in range(MOST_REDIRECTS + 1):
            response = await self._send(request)
            try:
                location = _location(response)
                if location is None:
                    return await self._answer(response)
            finally:
                response.release()  # An answer that was read to its end has left its connection already.
            request = redirected(request, response.status, location)
            self._judged(request.target)
        raise _failure("failed", request, f"more than {MOST_REDIRECTS} redirects")

    async def _send(self, request: Outgoing) -> aiohttp.ClientResponse:
        return await self._pool.session().request(
            request.method,
            request.target.url(),
            # aiohttp drops a line whose name is spelt otherwise than one before it.
            headers=CIMultiDict((name.lower(), value) for name, value in request.fields),
            data=_content(request.body),
            allow_redirects=False,
        )

    async def _answer(self, response: aiohttp.ClientResponse) -> HttpAnswer:
        if response.status < 200:
            raise HostcallFailed("failed", f"an answer with {response.status}, for which nobody asked")
        body = await _body(response, self._limits.http_bytes)
        fields = tuple((_text(name), _text(value)) for name, value in response.raw_headers)
        return HttpAnswer(response.status, fields, body)


async def _body(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    """Read the body, never more than is allowed and one read of the socket."""
    body = bytearray()
    if response.method != "HEAD" and (response.content_length or 0) > most_bytes:
        raise HostcallFailed("too_large", f"the answer's body has more than {most_bytes} bytes")
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > most_bytes:
            raise HostcallFailed("too_large", f"the answer's body has more than {most_bytes} bytes")
    return bytes(body)


def _content(body: bytes) -> bytes | BytesIO | None:
    """Return a body as aiohttp wants it: a large one piece by piece."""
    return (body if len(body) <= _WRITTEN_AT_ONCE else BytesIO(body)) or None


def _location(response: aiohttp.ClientResponse) -> str | None:
    """Return where a redirect leads, None for other answers."""
    if response.status not in REDIRECTS:
        return None
    for name, value in response.raw_headers:
        if name.lower() == b"location":
            return _text(value)
    return None


def _is_same(host: str, target: Target) -> bool:
    try:
        return same_authority(host, target.authority, target.scheme)
    except BadRequest:
        return False


def _text(raw: bytes) -> str:
    """Return a field's text: guests speak UTF-8, and so do most servers that go beyond ASCII."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _failure(reason: Reason, request: Outgoing, text: str) -> HostcallFailed:
    return HostcallFailed(reason, f"{request.method} {request.target.host}:{request.target.port}: {text}")
