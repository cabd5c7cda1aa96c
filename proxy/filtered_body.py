"""Bodies on their way through a filter's body hook."""

from __future__ import annotations

from proxy.body import Body, collect
from proxy.errors import ProxyError
from proxy.exchange import Exchange
from proxy.hook import Hook
from proxy.messages import Response


class AnsweredInBody(ProxyError):
    """A filter answered while it saw the request's body; travels to the pipeline in place of an answer."""

    reason = "answered"

    def __init__(self, hook: Hook, response: Response) -> None:
        super().__init__()
        self.hook, self.response = hook, response


class FilteredBody:
    """A stream whose pieces go through one hook; its length is unknown, for the hook may change it."""

    __slots__ = ("_body", "_ended", "_exchange", "_hook")

    length = None
    ready = False

    def __init__(self, hook: Hook, exchange: Exchange, body: Body) -> None:
        self._hook, self._exchange, self._body = hook, exchange, body
        self._ended = False

    async def read(self) -> bytes:
        while not self._ended:
            piece = await self._body.read()
            self._ended = not piece
            filtered = await through(self._hook, self._exchange, piece, last=self._ended)
            if filtered:
                return filtered
        return b""

    def discard(self) -> None:
        self._ended = True
        self._body.discard()


async def through(hook: Hook, exchange: Exchange, piece: bytes, *, last: bool) -> bytes:
    """Return what a body hook makes of one piece; an open step's failure leaves it as it is."""
    result = await hook.run(exchange, piece, last)
    if result is None:
        return piece
    if isinstance(result, Response):
        raise AnsweredInBody(hook, result)
    return bytes(result)


async def wrapped(hook: Hook, exchange: Exchange, body: Body | bytes, whole_bytes: int | None) -> Body | bytes:
    """Put a body behind a hook: what is whole, or is asked for whole up to `whole_bytes`, goes through at once.

    Raises BodyTooLarge where it is larger.
    """
    if whole_bytes is not None:
        body = await collect(body, whole_bytes)
    if isinstance(body, bytes):
        return await through(hook, exchange, body, last=True)
    return FilteredBody(hook, exchange, body)
