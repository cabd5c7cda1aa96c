"""What aiohttp sees of an answer: a response that was sent already, as a listener would have sent it."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest
from multidict import CIMultiDict

from proxy.chain import discard
from proxy.exchange import Exchange
from proxy.messages import OF_THE_CONNECTION, Headers, Response


class Answer(web.StreamResponse):
    """Shows `on_response_prepare` the head, takes its edits over, and leaves nothing for aiohttp to write.

    aiohttp's own writing would add Server and Content-Type, and spell every byte over 0x7f as UTF-8.
    """

    def __init__(self, exchange: Exchange, response: Response) -> None:
        self._fields = list(response.headers.items())
        super().__init__(status=response.status, headers=CIMultiDict(self._fields))
        self._exchange, self._response = exchange, response
        self._sent = False
        self._keep_alive = False

    async def announce(self, request: web.Request) -> None:
        """Let the application's signals edit the head; the body is released if one fails."""
        try:
            for app in request.match_info.apps:
                await app.on_response_prepare.send(request, self)
            self._take_edits()
        except BaseException:
            discard(self._response)
            raise
        self._sent = True

    def _take_edits(self) -> None:
        fields = list(self.headers.items())
        if self._cookies:
            fields += [("Set-Cookie", cookie.OutputString()) for cookie in self._cookies.values()]
        if fields != self._fields:
            own = [field for field in fields if field[0].lower().encode() not in OF_THE_CONNECTION]
            self._response.headers = Headers.of(own)

    def persist(self) -> None:
        """Let the connection go on after this answer."""
        self._keep_alive = True

    @property
    def prepared(self) -> bool:
        return self._sent

    @property
    def body_length(self) -> int:
        return self._exchange.sent_bytes

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        return None

    async def write(self, data: Any) -> None:
        raise RuntimeError("the pipeline has sent this answer")

    async def write_eof(self, data: bytes = b"") -> None:
        pass
