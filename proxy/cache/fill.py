"""A body on its way from the origin into the cache, and past it to any number of readers.

The origin sets the pace while the body may be stored, for its bytes are kept anyway; so no reader waits for another.
A body that outgrows what may be stored goes on as a plain stream, at the pace of its slowest reader.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

from proxy.body import HIGH_WATER_BYTES, Body
from proxy.errors import ProxyError, UpstreamCut
from proxy.runtime import Strand, Waiter

log = logging.getLogger("penstock.cache")

READ_BYTES: Final = 256 * 1024
"""About so much is handed to a reader at once, so that a late one doesn't get a copy of all there is."""

_Piece: TypeAlias = bytes | memoryview


class Budget:
    """How many bytes may be under way into the cache, for they are held beside what is stored."""

    __slots__ = ("left_bytes",)

    def __init__(self, bytes_: int) -> None:
        self.left_bytes = bytes_

    def take(self, size: int) -> bool:
        if size > self.left_bytes:
            return False
        self.left_bytes -= size
        return True

    def give(self, size: int) -> None:
        self.left_bytes += size


class Sink(Protocol):
    """Where the bytes go besides, such as a shared tier; never blocks, never raises."""

    def feed(self, piece: bytes) -> None: ...
    def abort(self) -> None: ...


class Fill:
    """Reads one body to its end. `on_whole` is given a body that arrived whole; `on_lost` is called for any other."""

    def __init__(
        self,
        body: Body,
        *,
        limit_bytes: int,
        budget: Budget,
        sink: Sink | None,
        on_whole: Callable[[bytes], None],
        on_lost: Callable[[], None],
    ) -> None:
        self.length = body.length
        self._body, self._limit_bytes, self._budget, self._sink = body, limit_bytes, budget, sink
        self._on_whole, self._on_lost = on_whole, on_lost
        self._pieces: list[_Piece] = []
        self._dropped = 0
        self._received_bytes = 0
        self._held_bytes = 0
        self._ended = False
        self._error: ProxyError | None = None
        self.storing = True
        self._readers: set[FillReader] = set()
        self._room: Waiter[None] | None = None
        self._pump_strand: Strand | None = None

    @property
    def whole(self) -> bool:
        """Whether all of the body has come, and is still here."""
        return self._ended and not self._dropped

    def start(self) -> None:
        """Begin to read; whoever is to have all of the body, even one that can't be stored, is a `reader` before."""
        self._pump_strand = Strand(self._pump())
        self._pump_strand.step()

    def reader(self) -> FillReader:
        """Return a stream of the body from its beginning; only while the fill is `storing` is all of it still there."""
        reader = FillReader(self)
        self._readers.add(reader)
        return reader

    # -- the origin's side

    async def _pump(self) -> None:
        try:
            while piece := await self._body.read():
                self._take(piece)
                while self._held_bytes > HIGH_WATER_BYTES and not self.storing and self._readers:
                    self._room = Waiter()
                    await self._room
                if not self.storing and not self._readers:
                    self._body.discard()
                    return
            if self.length is not None and self._received_bytes != self.length:
                raise UpstreamCut("the body is not as long as announced", reason="body_length")
            self._end()
        except ProxyError as error:
            self._break(error)
        except Exception as error:  # A filter may have put anything in the body's place; nobody is to wait for ever.
            log.exception("a body on its way into the cache failed")
            self._break(UpstreamCut(str(error)))
        self._wake_readers()

    def _take(self, piece: bytes) -> None:
        self._received_bytes += len(piece)
        if self.storing and not (self._received_bytes <= self._limit_bytes and self._budget.take(len(piece))):
            self._give_up()
        self._pieces.append(piece)
        self._held_bytes += len(piece)
        if not self.storing:
            self._trim()
        elif self._sink is not None:
            self._sink.feed(piece)
        self._wake_readers()

    def _end(self) -> None:
        if self.storing:
            content = b"".join(self._pieces)
            self._pieces = _views(content, self._pieces)
            self._on_whole(content)
            self._budget.give(self._held_bytes)
        self._ended = True

    def _break(self, error: ProxyError) -> None:
        self._error = error
        self._give_up()

    def _give_up(self) -> None:
        """Let go of the hope to store this body; its readers go on."""
        if self.storing:
            self.storing = False
            self._budget.give(self._held_bytes)
            if self._sink is not None:
                self._sink.abort()
            self._on_lost()

    def _wake_readers(self) -> None:
        for reader in list(self._readers):
            reader.wake()

    # -- the readers' side

    def piece_at(self, place: int) -> _Piece | None:
        """Return the piece with this number, b"" at the end, None where it has not come; raises what broke the body."""
        index = place - self._dropped
        if index < len(self._pieces):
            return self._pieces[index]
        if self._error is not None:
            raise self._error
        return b"" if self._ended else None

    def has(self, place: int) -> bool:
        return place - self._dropped < len(self._pieces)

    def has_read(self) -> None:
        if not self.storing:
            self._trim()

    def leave(self, reader: FillReader) -> None:
        """Go on without a reader; the origin is freed at once if nobody wants the rest."""
        self._readers.discard(reader)
        if self.storing:
            return
        self._trim()
        strand = self._pump_strand
        if not self._readers and strand is not None and not strand.done() and not self._ended:
            strand.cancel()
            self._body.discard()

    def _trim(self) -> None:
        """Drop what every reader has, once it is not to be stored."""
        slowest = min((reader.place for reader in self._readers), default=self._dropped + len(self._pieces))
        read = slowest - self._dropped
        if not read:
            return
        self._held_bytes -= sum(map(len, self._pieces[:read]))
        del self._pieces[:read]
        self._dropped = slowest
        room, self._room = self._room, None
        if room is not None:
            room.wake(None)


def _views(content: bytes, pieces: list[_Piece]) -> list[_Piece]:
    """Return the same pieces as parts of what they make, so that a slow reader doesn't hold them a second time."""
    if len(pieces) < 2:
        return pieces
    views: list[_Piece] = []
    view, start = memoryview(content), 0
    for piece in pieces:
        views.append(view[start : start + len(piece)])
        start += len(piece)
    return views


class FillReader:
    """One reader of a fill: a Body. `place` is the number of the piece that it reads next."""

    __slots__ = ("_fill", "_waiter", "place")

    def __init__(self, fill: Fill) -> None:
        self._fill = fill
        self.place = 0
        self._waiter: Waiter[None] | None = None

    @property
    def length(self) -> int | None:
        return self._fill.length

    @property
    def ready(self) -> bool:
        return self._fill.has(self.place)

    def wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter.wake(None)

    async def read(self) -> bytes:
        fill = self._fill
        while (piece := fill.piece_at(self.place)) is None:
            self._waiter = Waiter()
            await self._waiter
        if not piece:
            fill.leave(self)
            return b""
        taken: list[_Piece] = [piece]
        size = len(piece)
        self.place += 1
        while size < READ_BYTES and (more := self._next()):
            taken.append(more)
            size += len(more)
        fill.has_read()
        return b"".join(taken)  # which a single one of bytes goes through as it is

    def _next(self) -> _Piece | None:
        try:
            piece = self._fill.piece_at(self.place)
        except ProxyError:  # It is raised at the next read, after what came before it.
            return None
        if piece:
            self.place += 1
        return piece

    def discard(self) -> None:
        self._fill.leave(self)


class Slice:
    """Some bytes of a stream, `first` to `last` inclusive, as a Body: a range of a response that is still coming."""

    __slots__ = ("_body", "_left", "_skip", "length")

    def __init__(self, body: Body, first: int, last: int) -> None:
        self._body = body
        self._skip, self._left = first, last - first + 1
        self.length: int | None = self._left

    @property
    def ready(self) -> bool:
        return False

    async def read(self) -> bytes:
        while self._left:
            piece = await self._body.read()
            if not piece:
                return b""
            wanted = piece[self._skip : self._skip + self._left]
            self._skip = max(0, self._skip - len(piece))
            if wanted:
                self._left -= len(wanted)
                if not self._left:
                    self._body.discard()
                return wanted
        return b""

    def discard(self) -> None:
        self._body.discard()
