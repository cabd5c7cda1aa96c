"""Bodies on their way through a filter's body hook."""

from __future__ import annotations

from proxy.body import Body, collect
from proxy.errors import ProxyError
from proxy.exchange import Exchange
from proxy.hook import Hook
from proxy.messages import Response


class AnsweredInBody(ProxyError):
    """A filter answered while it saw a body; travels, in place of that, to who can give its answer to the client."""

    reason = "answered"

    def __init__(self, hook: Hook, response: Response) -> None:
        super().__init__()
        self.hook, self.response = hook, response


class FilteredBody:
    """A stream whose pieces go through one hook; its length is unknown, for the hook may change it.

    What an open step holds back is kept here as well: should the step fail, all of it goes on as it came.
    """

    __slots__ = ("_body", "_exchange", "_hook", "_kept", "ended")

    length = None
    ready = False

    def __init__(self, hook: Hook, exchange: Exchange, body: Body) -> None:
        self._hook, self._exchange, self._body = hook, exchange, body
        self._kept: list[bytes] | None = [] if hook.on_error == "open" else None
        self.ended = False

    async def read(self) -> bytes:
        kept = self._kept
        while not self.ended:
            piece = await self._body.read()
            self.ended = not piece
            if kept is not None:
                kept.append(piece)
            filtered = await through(self._hook, self._exchange, piece, last=self.ended, kept=kept)
            if filtered:
                if kept is not None:
                    kept.clear()
                return filtered
        return b""

    def discard(self) -> None:
        self.ended = True
        self._kept = None
        self._body.discard()


class Resumed:
    """A stream of which one piece was read already."""

    __slots__ = ("_first", "_rest")

    length = None

    def __init__(self, first: bytes, rest: FilteredBody) -> None:
        self._first, self._rest = first, rest

    @property
    def ready(self) -> bool:
        return bool(self._first)

    async def read(self) -> bytes:
        first, self._first = self._first, b""
        return first or await self._rest.read()

    def discard(self) -> None:
        self._first = b""
        self._rest.discard()


async def released(hook: Hook, exchange: Exchange, body: Body | bytes, whole_bytes: int | None) -> Body | bytes:
    """Put a body behind a hook that holds it, and wait until it lets bytes go or has seen the last.

    Raises AnsweredInBody, or BodyTooLarge as `wrapped` does.
    """
    filtered = await wrapped(hook, exchange, body, whole_bytes)
    if not isinstance(filtered, FilteredBody):
        return filtered
    first = await filtered.read()
    return first if filtered.ended else Resumed(first, filtered)


async def through(
    hook: Hook, exchange: Exchange, piece: bytes, *, last: bool, kept: list[bytes] | None = None
) -> bytes:
    """Return what a body hook makes of one piece.

    An open step's failure leaves the piece as it is, and those of `kept`, which end with it.
    """
    result = await hook.run(exchange, piece, last)
    if result is None:
        return b"".join(kept) if kept else piece
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
