"""Body streams: bounded buffers between a connection that fills them and a coroutine that reads them."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from proxy.errors import BodyTooLarge, ProxyError
from proxy.runtime import Waiter

HIGH_WATER_BYTES = 64 * 1024
"""Above this the source stops reading; uvloop reads at most 256 KiB at once, so a body holds at most 320 KiB."""


class Body(Protocol):
    """A stream of bytes, read once. `length` is in bytes, None where the framing does not say."""

    @property
    def length(self) -> int | None: ...

    @property
    def ready(self) -> bool:
        """Whether a piece can be read at once, so that it can leave together with the head."""

    async def read(self) -> bytes:
        """Return the next piece, b"" at the end; raise what broke the stream."""

    def discard(self) -> None:
        """Give up on the rest; what feeds the stream is released at once."""


class Source(Protocol):
    """What fills a stream and can be told to wait."""

    def pause_body(self) -> None: ...
    def resume_body(self) -> None: ...
    def abandon_body(self) -> None: ...


class StreamBody:
    """A body fed by a connection; the reader's pace governs the source."""

    __slots__ = (
        "_ended",
        "_error",
        "_held_bytes",
        "_paused",
        "_pieces",
        "_source",
        "_waiter",
        "length",
    )

    def __init__(self, source: Source, length: int | None) -> None:
        self._source = source
        self.length = length
        self._pieces: deque[bytes] = deque()
        self._held_bytes = 0
        self._ended = self._paused = False
        self._error: ProxyError | None = None
        self._waiter: Waiter[None] | None = None

    @property
    def ready(self) -> bool:
        return bool(self._pieces)

    @property
    def ended(self) -> bool:
        """Whether the source has delivered everything, read or not."""
        return self._ended

    @property
    def paused(self) -> bool:
        """Whether the source has been told to wait."""
        return self._paused

    @property
    def broken(self) -> bool:
        return self._error is not None

    def feed(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._held_bytes += len(piece)
        if self._held_bytes > HIGH_WATER_BYTES and not self._paused:
            self._paused = True
            self._source.pause_body()
        self._wake()

    def finish(self) -> None:
        self._ended = True
        self._wake()

    def fail(self, error: ProxyError) -> None:
        """Break the stream; pieces that came before are still read first."""
        if not self._ended and self._error is None:
            self._error = error
            self._wake()

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            waiter.wake(None)

    async def read(self) -> bytes:
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self._ended:
                return b""
            self._waiter = Waiter()
            await self._waiter
        piece = self._pieces.popleft() if len(self._pieces) == 1 else self._take_all()
        self._held_bytes -= len(piece)
        if self._paused and self._held_bytes <= HIGH_WATER_BYTES:
            self._paused = False
            self._source.resume_body()
        return piece

    def _take_all(self) -> bytes:
        piece = b"".join(self._pieces)
        self._pieces.clear()
        return piece

    def discard(self) -> None:
        self._pieces.clear()
        self._held_bytes = 0
        if not self._ended and self._error is None:
            self._source.abandon_body()


async def collect(body: Body | bytes | None, cap_bytes: int) -> bytes:
    """Read a whole body; raises BodyTooLarge as soon as it is known to be over the cap."""
    if body is None:
        return b""
    if isinstance(body, bytes):
        _check_cap(len(body), cap_bytes)
        return body
    _check_cap(body.length or 0, cap_bytes)
    pieces: list[bytes] = []
    total = 0
    while piece := await body.read():
        total += len(piece)
        _check_cap(total, cap_bytes)
        pieces.append(piece)
    return b"".join(pieces)


def _check_cap(size: int, cap_bytes: int) -> None:
    if size > cap_bytes:
        raise BodyTooLarge(f"the body is larger than {cap_bytes} bytes")
