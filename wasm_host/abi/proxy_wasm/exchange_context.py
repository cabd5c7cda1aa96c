"""What host functions see and change of one exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from proxy.exchange import Exchange
from proxy.messages import Response
from wasm_host.abi.proxy_wasm.body_flow import BodyFlow
from wasm_host.abi.proxy_wasm.context import Context, Root
from wasm_host.abi.proxy_wasm.header_map import HeaderMap, MessageMap, RequestMap, ResponseMap
from wasm_host.abi.proxy_wasm.numbers import OK, REQUEST_HEADERS, RESPONSE_HEADERS, BufferKind, Status, StreamKind
from wasm_host.abi.proxy_wasm.side import Side

if TYPE_CHECKING:
    from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest

MOST_PROPERTY_BYTES: Final = 256 * 1024
"""Of what guests set on one exchange, paths and values together."""


class ExchangeContext(Context):
    """What functions ask for takes effect after the guest returned.

    `response` is there once its headers have come; `announced_bytes` is the length that the request's body was said to
    have.
    """

    exchange: Exchange
    guest: ProxyWasmGuest
    answering: ClassVar[tuple[str, str]] = ("answered", "guest_answered")
    """The action and the reason of the decision that an answer of the guest's own is."""

    # Not set for each exchange: nearly all end without.
    response: Response | None = None
    announced_bytes = 0
    _reply: Response | None = None
    _closed = False
    _stopped = False
    _request: Side | None = None
    _response: Side | None = None
    _request_map: RequestMap | None = None
    _response_map: ResponseMap | None = None
    _properties: dict[bytes, bytes] | None = None

    @property
    def root(self) -> Root:
        return self.guest.root

    @property
    def properties(self) -> dict[bytes, bytes]:
        """Return what the guest set on this stream."""
        if self._properties is None:
            self._properties = {}
        return self._properties

    def set_property(self, path: bytes, value: bytes) -> int:
        """Keep a value for the rest of the exchange; returns a Status."""
        self.properties[path] = value
        if sum(len(each) + len(kept) for each, kept in self.properties.items()) > MOST_PROPERTY_BYTES:
            del self.properties[path]
            return Status.INTERNAL_FAILURE
        return OK

    def _comes_empty(self) -> bool:
        """Tell of a body that it is empty, and so not to be shown; keep its length, which filters may change."""
        body = self.exchange.request.body
        length = len(body) if isinstance(body, bytes) else None if body is None else body.length
        self.announced_bytes = length or 0
        if body == b"":
            self._request_side().flow.blind = True
        return body == b""

    def _request_side(self) -> Side:
        if self._request is None:
            self._request = Side(BodyFlow(self.guest.program.limits, 413))
        return self._request

    def _response_side(self) -> Side:
        if self._response is None:
            self._response = Side(BodyFlow(self.guest.program.limits, 502))
        return self._response

    def _map(self, kind: int) -> MessageMap:
        found = self.header_map(kind)
        assert isinstance(found, MessageMap)
        return found

    def header_map(self, kind: int) -> HeaderMap | None:
        if kind == REQUEST_HEADERS:
            if self._request_map is None:
                self._request_map = RequestMap(self.exchange.request)
            return self._request_map
        if kind == RESPONSE_HEADERS:
            if self._response_map is None and self.response is not None:
                self._response_map = ResponseMap(self.response)
            return self._response_map
        return self.root.header_map(kind)

    def editable_map(self, kind: int) -> HeaderMap | None:
        if kind == REQUEST_HEADERS:
            gone = self.response is not None or (self._request is not None and not self._request.open)
        elif kind == RESPONSE_HEADERS:
            gone = self._response is not None and not self._response.open
        else:
            return None
        return None if gone else self.header_map(kind)

    def _shown_side(self, kind: int) -> Side | None:
        side = {BufferKind.REQUEST_BODY: self._request, BufferKind.RESPONSE_BODY: self._response}.get(BufferKind(kind))
        return side if side is not None and side.shown else None

    def buffer(self, kind: int) -> bytes | None:
        """Return a buffer; a body that is not the callback's is empty, as in Envoy."""
        if kind > BufferKind.RESPONSE_BODY:
            return self.root.buffer(kind)
        side = self._shown_side(kind)
        return b"" if side is None else side.flow.buffer

    def set_buffer(self, kind: int, data: bytes) -> bool:
        side = self._shown_side(kind) if kind <= BufferKind.RESPONSE_BODY else None
        if side is None:
            return False
        side.flow.buffer = data
        return True

    def resume(self, kind: int) -> None:
        if kind > StreamKind.RESPONSE:  # Of a connection's bytes, which no filter here sees.
            return
        side = self._request_side() if kind == StreamKind.REQUEST else self._response_side()
        self.guest.later.append(side.resume)

    def answer(self, response: Response, details: bytes) -> None:
        """Answer in the origin's place, once the guest has returned; a second answer is passed over, as in Envoy."""
        if self._reply is None:
            self._reply, self._stopped = response, True
            text = details.decode("utf-8", "replace")
            self.exchange.decide(self.root.name, *self.answering, text)
            self._wake()

    def close(self) -> None:
        """End the exchange with an error, once the guest has returned."""
        self._closed = self._stopped = True
        self._wake()

    def _wake(self) -> None:
        for side in (self._request, self._response):
            if side is not None and side.pause is not None:
                self.guest.later.append(side.pause.end)
