"""A chain's filter that hands its exchanges to Proxy-Wasm guests."""

from __future__ import annotations

from typing import cast

from proxy.exchange import Exchange
from proxy.filter import Answer
from proxy.http1.framing import BODYLESS
from proxy.messages import Response
from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest
from wasm_host.abi.proxy_wasm.program import ProxyWasmProgram
from wasm_host.abi.proxy_wasm.stream import BodyResult, HeadersResult, Stream, settled
from wasm_host.filter import Program, WasmFilter
from wasm_host.pool import FreshGuests, Guests, SharedGuests


class ProxyWasmFilter(WasmFilter[ProxyWasmGuest]):
    """Keeps an exchange's stream in `exchange.values`, under the filter's key."""

    stream_type: type[Stream] = Stream

    def guests_of(self, program: Program[ProxyWasmGuest]) -> Guests[ProxyWasmGuest]:
        cast(ProxyWasmProgram, program).successor = self.available
        settings = program.settings
        if settings.instances == "shared":
            return SharedGuests(settings.name, program.make, self._metrics)
        return FreshGuests(settings.name, program.make, self._metrics, settings.limits.instances)

    def on_request(self, exchange: Exchange) -> HeadersResult:
        guests = self.guests
        guest = guests.current
        if guest is None:
            if guests.wait_s():
                return self._on_request_later(exchange)
            guest = guests.take()
        stream = exchange.values[self.key] = self.stream_type(guest, exchange)
        return stream.request_headers()

    async def _on_request_later(self, exchange: Exchange) -> Answer:
        stream = exchange.values[self.key] = self.stream_type(await self.available(), exchange)
        return await settled(stream.request_headers())

    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> BodyResult:
        stream = self._stream(exchange)
        return chunk if stream is None else stream.request_body(chunk, last)

    def on_response(self, exchange: Exchange, response: Response) -> HeadersResult:
        stream = self._stream(exchange)
        if stream is None:
            return None
        ended = response.body == b"" or exchange.request.to_head or response.status in BODYLESS
        if not stream.guest.alive:
            return stream.response_elsewhere(response, ended=ended)
        return stream.response_headers(response, ended=ended)

    def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> BodyResult:
        stream = self._stream(exchange)
        return chunk if stream is None else stream.response_body(chunk, last)

    def wants_response_body(self, exchange: Exchange) -> bool:
        stream = self._stream(exchange)
        return stream is not None and not stream.judged

    def on_complete(self, exchange: Exchange) -> None:
        # Taken out, for an exchange and a stream that hold one another are work for the garbage collector.
        stream = cast("Stream | None", exchange.values.pop(self.key, None))
        if stream is not None:
            stream.complete()

    def _stream(self, exchange: Exchange) -> Stream | None:
        """Return the exchange's stream, unless the guest is to be left alone."""
        stream = cast("Stream | None", exchange.values.get(self.key))
        return None if stream is None or stream.failed else stream
