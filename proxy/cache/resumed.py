"""A body from the shared tier that the origin finishes where the tier breaks off: no client pays for a lost Redis."""

from __future__ import annotations

from collections.abc import Callable

from proxy.body import Body
from proxy.cache.fill import Slice
from proxy.errors import UpstreamCut
from proxy.runtime import Waiter


class Resumed:
    """Reads a body whose length is known and, where that breaks, the rest of another one.

    `again` is asked once at most; it brings the same bytes from their beginning, or raises through its waiter.
    """

    __slots__ = ("_again", "_body", "_read_bytes", "length")

    def __init__(self, body: Body, again: Callable[[], Waiter[Body]]) -> None:
        self._body = body
        self._again: Callable[[], Waiter[Body]] | None = again
        self._read_bytes = 0
        self.length = body.length

    @property
    def ready(self) -> bool:
        return self._body.ready

    async def read(self) -> bytes:
        again = self._again
        if again is None:
            return await self._body.read()
        try:
            piece = await self._body.read()
        except UpstreamCut:
            self._again = None
            self._body = Slice(await again(), self._read_bytes, (self.length or 0) - 1)
            return await self._body.read()
        self._read_bytes += len(piece)
        return piece

    def discard(self) -> None:
        self._body.discard()
