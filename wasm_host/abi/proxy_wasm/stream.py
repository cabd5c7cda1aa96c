"""One exchange in a Proxy-Wasm guest: its callbacks in order, its pauses, its local response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from proxy.errors import FilterError, GuestError, GuestTimeout, GuestUnavailable, PauseTimeout
from proxy.exchange import Exchange
from proxy.filter import HOLD, Answer
from proxy.messages import Response
from proxy.runtime import monotonic
from wasm_host.abi.proxy_wasm.exchange_context import ExchangeContext
from wasm_host.abi.proxy_wasm.numbers import REQUEST_HEADERS, RESPONSE_HEADERS
from wasm_host.abi.proxy_wasm.pause import GuestLost, Pause
from wasm_host.abi.proxy_wasm.side import Side

if TYPE_CHECKING:
    from wasm_host.abi.proxy_wasm.guest import Callback as GuestCallback
    from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest

HeadersResult: TypeAlias = "Answer | Awaitable[Answer]"
BodyResult: TypeAlias = bytes | Response | Awaitable[bytes | Response]
Elsewhere: TypeAlias = Callable[[], Coroutine[Any, Any, Answer]]
"""Asks another guest what the one that is gone was asked."""

T = TypeVar("T")

_PSEUDO_OF_A_REQUEST: Final = 4

MOST_MOVES: Final = 3
"""To another guest; then it is not worth a fourth."""


class Stream(ExchangeContext):
    """Once `failed`, the guest is not called for this exchange again.

    `judged` once the guest is to see no body of the response: there is none, or it is the guest's own.
    """

    failed = False
    judged = False
    _spent_s = 0.0
    _moves = 0

    def __init__(self, guest: ProxyWasmGuest, exchange: Exchange) -> None:
        self.exchange = exchange
        self._join(guest)

    @property
    def stream(self) -> Stream:  # type: ignore[override]
        return self

    def _join(self, guest: ProxyWasmGuest) -> None:
        self.guest = guest
        self.id = guest.next_id
        guest.next_id += 1
        guest.users += 1
        guest.streams[self.id] = self

    # -- the moments of an exchange

    def request_headers(self) -> HeadersResult:
        guest, request = self.guest, self.exchange.request
        ended = request.body is None or self._comes_empty()
        guest.enter()
        guest.context = self
        action = 0
        try:
            if guest.on_context_create is not None:
                guest.on_context_create(self.id, guest.root.id)
            if guest.on_request_headers is not None:
                count = len(request.headers.lines) + _PSEUDO_OF_A_REQUEST
                if request.body is not None:
                    count = self._map(REQUEST_HEADERS).count()
                action = guest.on_request_headers(self.id, count, ended)
        except Exception as error:
            raise self._failure(error) from None
        if guest.later:
            guest.left()
        if action or self._stopped:
            hold = not ended and guest.on_request_body is not None
            return self._after_headers(action, self._request_side(), self._request_elsewhere, hold=hold)
        return None

    def response_headers(self, response: Response, *, ended: bool) -> HeadersResult:
        """Show the response's headers; `ended` where no body follows."""
        guest = self.guest
        self.response = response
        if ended:
            self.judged = True
        if self._stopped:
            return self._end()
        if guest.on_response_headers is None:
            return None
        guest.enter()
        guest.context = self
        try:
            # `:status`, and Content-Length or Transfer-Encoding; only where no body follows there may be neither.
            count = self._map(RESPONSE_HEADERS).count() if ended else len(response.headers.lines) + 2
            action = guest.on_response_headers(self.id, count, ended)
        except Exception as error:
            raise self._failure(error) from None
        if guest.later:
            guest.left()
        if action or self._stopped:
            hold = not ended and guest.on_response_body is not None
            elsewhere = partial(self.response_elsewhere, response, ended=ended)
            return self._after_headers(action, self._response_side(), elsewhere, hold=hold)
        return None

    def request_body(self, piece: bytes, last: bool) -> BodyResult:
        return self._pieces(self._request_side(), piece, last, of_peer=True)

    def response_body(self, piece: bytes, last: bool) -> BodyResult:
        of_peer = self.exchange.answered_by == "upstream"
        return self._pieces(self._response_side(), piece, last, of_peer=of_peer)

    def complete(self) -> None:
        """Tell the guest that the exchange is over: log, done, delete, in Envoy's order."""
        guest = self.guest
        if not guest.alive:
            return
        guest.enter()
        guest.context = self
        try:
            if guest.on_log is not None:
                guest.on_log(self.id)
            if guest.on_done is not None:
                guest.on_done(self.id)
            if guest.on_delete is not None:
                guest.on_delete(self.id)
        except Exception as error:
            self._failure(error)
            return
        del guest.streams[self.id]
        guest.context = guest.root
        if guest.later:
            guest.left()
        guest.release()

    # -- in another guest, because another exchange broke this one's

    async def _request_elsewhere(self) -> Answer:
        self._join(await self._successor())
        return await settled(self.request_headers())

    async def response_elsewhere(self, response: Response, *, ended: bool) -> Answer:
        """Show the response's headers to a guest that knows nothing of the request."""
        await self._move()
        return await settled(self.response_headers(response, ended=ended))

    async def _body_elsewhere(self, side: Side, piece: bytes, last: bool) -> bytes | Response:
        await self._move()
        side.flow.rewind()
        return await settled(self._body(side, piece, last))

    async def _move(self) -> None:
        guest = await self._successor()
        self._join(guest)
        guest.enter()
        guest.context = self
        try:
            if guest.on_context_create is not None:
                guest.on_context_create(self.id, guest.root.id)
        except Exception as error:
            raise self._failure(error) from None

    async def _successor(self) -> ProxyWasmGuest:
        self._moves += 1
        try:
            if self._moves > MOST_MOVES:
                raise GuestUnavailable("its guests broke one after the other", reason="lost")
            guest = await self.guest.program.successor()
        except GuestError:
            self.failed = True
            raise
        for side in (self._request, self._response):
            if side is not None:
                side.resumed = False
        return guest

    # -- after a callback

    def _after_headers(self, action: int, side: Side, elsewhere: Elsewhere, *, hold: bool) -> HeadersResult:
        if self._stopped:
            return self._end()
        if not action or side.take_resumed():
            side.open = False
            return None
        if hold and self.guest.program.hold_headers:
            side.held = True
            return HOLD
        return self._wait_at_headers(side, elsewhere)

    async def _wait_at_headers(self, side: Side, elsewhere: Elsewhere) -> Answer:
        told = await self._paused(side)
        if not told and not self._stopped:
            return await elsewhere()
        side.open = False
        return self._end() if self._stopped else None

    async def _paused(self, side: Side) -> bool:
        """Wait for the guest's word; tells if it came, and the guest is not gone. Raises GuestError."""
        if not self.guest.alive:
            return False
        side.pause = Pause(self.guest.program.limits.pause_s)
        try:
            await side.pause.over()
        except GuestLost:
            return False
        except GuestError as error:
            self.failed = True
            if isinstance(error, PauseTimeout):
                self.guest.program.guest_failed(None, error)
            raise
        finally:
            side.pause = None
        return True

    def _pieces(self, side: Side, piece: bytes, last: bool, *, of_peer: bool) -> BodyResult:
        """Show a piece; the end of what a peer sent is told apart from its last piece, as Envoy does."""
        if side.flow.size and side.take_resumed():
            return _joined(side.flow.release(), self._pieces(side, piece, last, of_peer=of_peer))
        if not (last and piece and of_peer):
            return self._body(side, piece, last)
        first = self._body(side, piece, False)
        return self._with_end(side, first) if isinstance(first, bytes) else self._with_end_later(side, first)

    def _with_end(self, side: Side, first: bytes | Response) -> BodyResult:
        return first if isinstance(first, Response) else _joined(first, self._body(side, b"", True))

    async def _with_end_later(self, side: Side, first: Response | Awaitable[bytes | Response]) -> bytes | Response:
        return await settled(self._with_end(side, await settled(first)))

    def _body(self, side: Side, piece: bytes, last: bool) -> BodyResult:
        flow, guest = side.flow, self.guest
        if not guest.alive:
            return self._body_elsewhere(side, piece, last)
        callback = guest.on_request_body if side is self._request else guest.on_response_body
        if flow.blind or callback is None:
            return flow.release() + piece
        if self._stopped:
            return self._end()
        action = self._call_body(side, callback, flow.take(piece, last))
        if self._stopped:
            return self._end()
        if action and not side.take_resumed() and flow.hold():
            side.shown = True  # A call's answer may read and edit what is held back.
            return self._wait_in_body(side, last) if last or flow.blind else b""
        side.open = False
        return flow.release()

    def _call_body(self, side: Side, callback: GuestCallback, last: bool) -> int:
        guest, begun = self.guest, monotonic()
        guest.enter()
        guest.context = self
        side.open, side.shown = side.open and side.held, True
        try:
            action = callback(self.id, side.flow.size, last)
        except Exception as error:
            raise self._failure(error) from None
        finally:
            side.shown = False
        spent_s = monotonic() - begun
        if guest.later:
            guest.left()
        self.spend(spent_s)
        return action

    async def _wait_in_body(self, side: Side, last: bool) -> bytes | Response:
        try:
            told = await self._paused(side)
        finally:
            side.shown = False
        if not told and not self._stopped:
            return await self._body_elsewhere(side, b"", last)
        side.open = False
        return self._end() if self._stopped else side.flow.release()

    def spend(self, seconds: float) -> None:
        """Count time against the exchange's; callbacks that come once need no counting. Raises GuestTimeout."""
        self._spent_s += seconds
        if self._spent_s > self.guest.program.limits.request_time_s:
            self.failed = True
            failure = GuestTimeout(f"the guest's calls for one request took {self._spent_s * 1000:.0f} ms")
            self.guest.program.guest_failed(None, failure)
            raise failure

    def _end(self) -> Response:
        """Return the guest's own answer, or raise that it closed the stream."""
        if self._closed:
            self.failed = True
            raise FilterError("the guest closed the stream", reason="guest_closed")
        self.judged = self.response is not None
        reply, self._reply, self._stopped = self._reply, None, False
        assert reply is not None
        return reply

    def _failure(self, error: Exception) -> Exception:
        self.failed = True
        return self.guest.failed(error)

    def guest_died(self, failure: Exception) -> None:
        """Hear that the guest is gone, and end the pauses with this; GuestLost where it was no fault of ours."""
        for side in (self._request, self._response):
            if side is not None and side.pause is not None:
                side.pause.fail(failure)


async def settled(result: T | Awaitable[T]) -> T:
    return await result if isinstance(result, Awaitable) else result


def _joined(first: bytes, rest: BodyResult) -> BodyResult:
    """Return two pieces as one; a Response in place of the second stands for both."""
    if not first or isinstance(rest, Response):
        return rest
    return first + rest if isinstance(rest, bytes) else _joined_later(first, rest)


async def _joined_later(first: bytes, rest: Awaitable[bytes | Response]) -> bytes | Response:
    ended = await rest
    return first + ended if isinstance(ended, bytes) else ended
