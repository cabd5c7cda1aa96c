"""A chain's filter that hands its exchanges to http-wasm guests."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

from proxy.exchange import Exchange
from proxy.filter import Answer
from proxy.messages import Response
from wasm_host.abi.http_wasm.guest import HttpWasmGuest
from wasm_host.abi.http_wasm.pool import PinnedGuests
from wasm_host.abi.http_wasm.visit import Visit
from wasm_host.filter import Program, WasmFilter


class HttpWasmFilter(WasmFilter[HttpWasmGuest]):
    """Keeps an exchange's visit in `exchange.values`, under the filter's name."""

    def guests_of(self, program: Program[HttpWasmGuest]) -> PinnedGuests:
        settings = program.settings
        limits = settings.limits
        # The chain refuses a response that is too large, so that its body comes to the guest in one piece.
        self.whole_response_body = limits.body_bytes if limits.on_body_overflow == "reject" else None
        reused = settings.instances == "shared"
        return PinnedGuests(settings.name, program.make, self._metrics, limits.instances, reused=reused)

    def on_request(self, exchange: Exchange) -> Awaitable[Answer]:
        guest = self.guests.take()
        visit = exchange.values[self.key] = Visit(guest, exchange, self.program.settings.limits)
        return visit.request()

    def on_response(self, exchange: Exchange, response: Response) -> Awaitable[Answer] | None:
        visit = self._visit_of(exchange)
        return None if visit is None else visit.response(response, is_error=exchange.answered_by == "proxy")

    def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Awaitable[bytes | Response]:
        visit = self._visit_of(exchange)
        return chunk if visit is None else visit.body(chunk, last)

    def wants_response_body(self, exchange: Exchange) -> bool:
        """Take no part in bodies that were not held."""
        return False

    def on_complete(self, exchange: Exchange) -> None:
        # Taken out, for an exchange and a visit that hold one another are work for the garbage collector.
        visit = cast("Visit | None", exchange.values.pop(self.key, None))
        if visit is not None and not visit.over:
            visit.complete()

    def _visit_of(self, exchange: Exchange) -> Visit | None:
        """Return the exchange's visit, unless it is over."""
        visit = cast("Visit | None", exchange.values.get(self.key))
        return None if visit is None or visit.over else visit
