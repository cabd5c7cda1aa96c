"""HTTP calls that guests make to named upstreams (proxy_http_call): dispatched now, answered later by a callback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import aiohttp

from proxy.errors import BodyTooLarge, ConnectFailed, NoHealthyEndpoint
from proxy.messages import OF_THE_CONNECTION, Request
from proxy.runtime import spawn
from proxy.upstream.endpoint import Endpoint
from proxy.upstream.upstream import Upstream
from wasm_host.abi.proxy_wasm.call_sessions import CallSessions
from wasm_host.abi.proxy_wasm.pairs import Pair

MOST_IN_FLIGHT: Final = 100
"""Of one filter in one worker."""
MOST_BODY_BYTES: Final = 1024 * 1024
"""Either way. A guest gets an answer whole, in its own memory."""

_NOT_SHOWN: Final = OF_THE_CONNECTION - {b"content-length", b"transfer-encoding"}


@dataclass(frozen=True, slots=True)
class HttpCall:
    """`request` goes to one of the upstream's endpoints, its body whole. Without a timeout the upstream's own apply."""

    upstream: Upstream
    request: Request
    timeout_s: float | None


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a guest is told: the headers, `:status` first, and the body."""

    headers: Sequence[Pair]
    body: bytes


Deliver: TypeAlias = Callable[[CallResult | None], None]
"""Called from the loop, never from inside `dispatch`; None says that an answer had begun and broke off."""


class HttpCalls:
    """The calls of one filter."""

    def __init__(self, sessions: CallSessions, filter: str) -> None:
        self._sessions, self._filter = sessions, filter
        self._under_way: set[asyncio.Task[None]] = set()

    def dispatch(self, call: HttpCall, deliver: Deliver) -> asyncio.Task[None] | None:
        """Begin a call; cancelled, it delivers nothing. None where too many are under way."""
        if self._full():
            return None
        task = spawn(self._carry_out(call, deliver), f"call of {self._filter} to {call.upstream.name}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    def _full(self) -> bool:
        """Tell if there is no room; those of a broken guest make it at once, for the next may repeat its calls now."""
        if len(self._under_way) < MOST_IN_FLIGHT:
            return False
        return sum(not task.cancelling() for task in self._under_way) >= MOST_IN_FLIGHT

    async def _carry_out(self, call: HttpCall, deliver: Deliver) -> None:
        deliver(await self._result(call))

    async def _result(self, call: HttpCall) -> CallResult | None:
        try:
            endpoint = call.upstream.pick_for_call(call.request.authority.encode())
        except NoHealthyEndpoint:
            return _made_up(503, b"no healthy endpoint")
        endpoint.in_flight += 1
        try:
            return await self._ask(endpoint, call)
        finally:
            endpoint.in_flight -= 1

    async def _ask(self, endpoint: Endpoint, call: HttpCall) -> CallResult | None:
        """Return the answer, or what Envoy makes up where none came: 503, or 504 after the time was up."""
        deadline = None if call.timeout_s is None else asyncio.get_running_loop().time() + call.timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._sessions.send(endpoint, call.request, limited=deadline is not None)
        except (ConnectFailed, aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            made_up = _made_up(503, b"no connection to the upstream")
        except TimeoutError:
            made_up = _made_up(504, b"no answer from the upstream in time")
        except (aiohttp.ClientError, OSError):
            made_up = _made_up(503, b"no valid answer from the upstream")
        else:
            endpoint.count(response.status)
            return await _read(response, deadline)
        endpoint.count(0)
        return made_up


async def _read(response: aiohttp.ClientResponse, deadline: float | None) -> CallResult | None:
    try:
        async with asyncio.timeout_at(deadline):
            body = await _body(response.content)
    except (TimeoutError, aiohttp.ClientError, OSError, BodyTooLarge):
        return None
    finally:
        response.close()  # Nothing to close where all was read: the connection waits for the next call already.
    fields = [(name.lower(), value) for name, value in response.raw_headers if name.lower() not in _NOT_SHOWN]
    return CallResult([(b":status", b"%d" % response.status), *fields], body)


async def _body(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for piece in content.iter_any():
        body += piece
        if len(body) > MOST_BODY_BYTES:
            raise BodyTooLarge(f"the answer is larger than {MOST_BODY_BYTES} bytes")
    return bytes(body)


def _made_up(status: int, text: bytes) -> CallResult:
    """Return an answer with the headers that Envoy's has."""
    length = b"%d" % len(text)
    headers = [(b":status", b"%d" % status), (b"content-length", length), (b"content-type", b"text/plain")]
    return CallResult(headers, text)
