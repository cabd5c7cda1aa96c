"""One request in one guest: what the guest may do now, and what it made of request and response."""

from __future__ import annotations

from proxy.exchange import Exchange
from proxy.http1.framing import BODYLESS
from proxy.messages import Response
from wasm_host.abi.http_wasm.bodies import Position, Rejoined, Upload, Written
from wasm_host.abi.http_wasm.fields import EarlyFields, Fields, RequestFields, ResponseFields
from wasm_host.abi.http_wasm.misuse import Misuse
from wasm_host.abi.http_wasm.numbers import (
    BUFFER_REQUEST,
    BUFFER_RESPONSE,
    REQUEST,
    REQUEST_TRAILERS,
    RESPONSE,
    RESPONSE_TRAILERS,
)
from wasm_host.limits import GuestLimits


class Handling:
    """Before `next` the guest may edit the request and write an answer; what it gave the response by then survives.

    After it, when `frozen`, the request can only be read, and the response be edited if it is buffered. `features` are
    those of this request, `spent_s` is how long the guest has run for it.
    """

    def __init__(self, exchange: Exchange, features: int, limits: GuestLimits) -> None:
        self.exchange, self.request, self.features, self._limits = exchange, exchange.request, features, limits
        self.frozen = False
        self.spent_s = 0.0
        self._upload: Upload | None = None
        self._early = EarlyFields()
        self._request_fields: RequestFields | None = None
        self._response_fields: Fields = self._early
        self._status: int | None = None
        self._response: Response | None = None
        self._written = Written(limits.body_bytes)
        self._shown, self._position = b"", Position()

    @property
    def upload(self) -> Upload:
        """The request's body; made when first asked for, as few guests do."""
        if self._upload is None:
            self._upload = Upload(self.request.body, self._limits)
        return self._upload

    # -- moments

    def local_answer(self) -> Response:
        """Return what the guest made, with no next handler called."""
        return Response(self._status or 200, self._early.headers, self._written.data or b"")

    def freeze(self) -> None:
        """Let the request go on as the guest left it."""
        self.frozen = True
        if self._upload is not None or self.keeps_request:
            self.request.body = self.upload.release(keep=self.keeps_request)

    def meet(self, response: Response, *, is_error: bool) -> None:
        """Merge what the guest gave the response before there was one; a failure keeps its status and body."""
        self._response = response
        self._request_fields, self._response_fields = None, ResponseFields(response)
        self._early.merge_into(response.headers)
        if is_error:
            return
        if self._status is not None:
            response.status = self._status
        if self._written.data:
            _prepend(self._written.data, response)
        self._written = Written(self._limits.body_bytes)

    def show_body(self, body: bytes) -> None:
        """Let the guest read the body of the response that it holds."""
        self._shown, self._position = body, Position()

    def rewritten(self) -> bytes | None:
        """Return the body that the guest put in the response's place, if it did."""
        return self._written.data

    # -- what functions ask for

    def fields(self, kind: int) -> Fields | None:
        """Return the fields to read from; None for trailers, of which there are never any."""
        if kind == REQUEST:
            if self._request_fields is None:
                self._request_fields = RequestFields(self.request)
            return self._request_fields
        if kind == RESPONSE:
            return self._response_fields
        if kind in (REQUEST_TRAILERS, RESPONSE_TRAILERS):
            return None
        raise Misuse(f"there is no header kind {kind}")

    def editable_fields(self, kind: int) -> Fields:
        fields = self.fields(kind)
        if fields is None:
            raise Misuse("trailers are not supported")
        if kind == REQUEST:
            self.check_request_open()
        else:
            self.check_response_open()
        return fields

    @property
    def status(self) -> int:
        return (self._status or 200) if self._response is None else self._response.status

    def set_status(self, status: int) -> None:
        self.check_response_open()
        try:
            (self._response or Response(200)).status = status
        except ValueError as error:
            raise Misuse(str(error)) from error
        self._status = status

    def write_request(self, data: bytes) -> None:
        self.check_request_open()
        self.upload.written.append(data)

    def write_response(self, data: bytes) -> None:
        """Take a piece of the answer; the first after `next` stands in place of all that there was."""
        self.check_response_open()
        self._written.append(data)

    def read_response(self, most_bytes: int) -> tuple[bytes, bool]:
        self.check_response_open()
        data = self._shown if self.frozen else self._written.data or b""
        return self._position.take(data, most_bytes)

    @property
    def keeps_request(self) -> bool:
        return bool(self.features & BUFFER_REQUEST)

    @property
    def buffers_response(self) -> bool:
        return bool(self.features & BUFFER_RESPONSE)

    def check_request_open(self) -> None:
        if self.frozen:
            raise Misuse("the request cannot be edited after next")

    def check_response_open(self) -> None:
        if self.frozen and not self.buffers_response:
            raise Misuse("after next, the response can be edited only with the feature buffer_response")


def _prepend(data: bytes, response: Response) -> None:
    if response.status in BODYLESS:
        return
    if response.content_length is not None:  # The answer to HEAD tells what GET would bring.
        response.content_length += len(data)
    elif isinstance(response.body, bytes):
        response.body = data + response.body
    else:
        response.body = Rejoined(data, response.body, len(data))
