"""One exchange's stay in a guest, from its request to the end of its response."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from proxy.errors import GuestError, ProxyError
from proxy.exchange import Exchange
from proxy.filter import HOLD, Hold
from proxy.messages import Response
from proxy.runtime import spawn
from wasm_host.abi.http_wasm.handling import Handling

if TYPE_CHECKING:
    from wasm_host.abi.http_wasm.guest import HttpWasmGuest
    from wasm_host.limits import GuestLimits

_NEXT: Final = 0xFFFFFFFF
"""The low half of handle_request's result: 0 is the guest's own answer."""


class Visit:
    """Pins a guest until it is `over`: no other exchange meets it meanwhile."""

    __slots__ = ("_context", "_guest", "_handling", "_held", "_limits", "_response", "is_error", "over")

    def __init__(self, guest: HttpWasmGuest, exchange: Exchange, limits: GuestLimits) -> None:
        self._guest, self._limits = guest, limits
        guest.users += 1
        self._handling = Handling(exchange, guest.features, limits)
        self._context = 0
        self._held = b""
        self._response: Response | None = None
        self.is_error = True
        self.over = False

    async def request(self) -> Response | None:
        """Show the request; returns the guest's answer, or None to call the next handler."""
        handling = self._handling
        try:
            answer = await self._guest.handle_request(handling)
        except BaseException as error:
            self._end()
            self._restore_request(error)
            raise
        if answer & _NEXT:
            self._context = answer >> 32
            handling.freeze()
            return None
        self._end()
        return handling.local_answer()

    def _restore_request(self, error: BaseException) -> None:
        """Let the request's body go on without this filter, if its failure is passed over."""
        handling = self._handling
        handling.upload.drop_written()
        handling.freeze()
        if handling.upload.lost_bytes and isinstance(error, GuestError):
            raise ProxyError(f"the guest failed with the body half read: {error}", reason=error.reason) from error

    async def response(self, response: Response, *, is_error: bool) -> Hold | None:
        """Show the response's head; HOLD where the guest wants to see, or change, all of it."""
        self.is_error = is_error
        self._handling.meet(response, is_error=is_error)
        if self._handling.buffers_response:
            self._response = response
            return HOLD
        await self._respond()
        return None

    async def body(self, piece: bytes, last: bool) -> bytes | Response:
        """Hold the response's body until it is whole, or over the limit: then show it, and let it go on."""
        if self.over:
            return piece
        held = self._held = self._held + piece
        fits = len(held) <= self._limits.body_bytes
        if fits and not last:
            return b""
        shown = self._limits.body_bytes if fits or self._limits.on_body_overflow == "truncate" else 0
        self._handling.show_body(held[:shown])
        try:
            await self._respond()
        except GuestError as error:
            if held == piece:
                raise
            raise ProxyError(f"the guest failed with a body in its hands: {error}", reason=error.reason) from error
        return self._gone_on(held, last)

    def _gone_on(self, held: bytes, last: bool) -> bytes | Response:
        """Return what the guest made of the body."""
        rewritten, response = self._handling.rewritten(), self._response
        assert response is not None
        if rewritten is None:
            return held
        response.content_length = None
        return rewritten if last else Response(response.status, response.headers, rewritten)

    async def _respond(self) -> None:
        try:
            await self._guest.handle_response(self._handling, self._context, is_error=self.is_error)
        finally:
            self._end()

    def complete(self) -> None:
        """End the stay, however the exchange ended: a guest that said `next` is told in any case."""
        if not self.over:
            self.is_error = True
            spawn(self._abandon(), "http-wasm guest hears of an aborted exchange")

    async def _abandon(self) -> None:
        with suppress(GuestError):  # It has been counted, and nobody waits for it.
            await self._respond()

    def _end(self) -> None:
        self.over = True
        self._guest.release()
