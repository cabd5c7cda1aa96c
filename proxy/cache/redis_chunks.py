"""Bodies that lie in chunks: read whole where they are not too long, else streamed.

All chunks are looked at before a body counts as found, for Redis may have evicted some.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from proxy.body import Body
from proxy.cache.redis_batch import Batches
from proxy.cache.redis_client import Reply
from proxy.cache.redis_layout import Chunks, Place
from proxy.cache.redis_scripts import Command
from proxy.errors import CacheStoreError, UpstreamCut
from proxy.runtime import Waiter

WHOLE_BYTES: Final = 1024 * 1024
"""Bodies up to this are read whole before they count as found, so that no trouble of Redis can cut them later."""


class BodyOpening:
    """Reads the first chunks of a body, all up to WHOLE_BYTES, and asks for the length of the others.

    `on_open` is given the body, whole or as a stream; `on_lost` is called where anything of it is missing.
    """

    __slots__ = ("_chunks", "_on_lost", "_on_open", "_place", "_reads", "_whole", "commands", "weight")

    def __init__(
        self,
        reads: Batches,
        place: Place,
        chunks: Chunks,
        on_open: Callable[[bytes | Body], None],
        on_lost: Callable[[CacheStoreError], None],
    ) -> None:
        self._reads, self._place, self._chunks = reads, place, chunks
        self._on_open, self._on_lost = on_open, on_lost
        keys = chunks.keys(place)
        self._whole = len(keys) if chunks.length <= WHOLE_BYTES else 1
        self.commands: Sequence[Command] = [
            *(("GET", key) for key in keys[: self._whole]),
            *(("STRLEN", key) for key in keys[self._whole :]),
        ]
        self.weight = sum(chunks.size(index) for index in range(self._whole))

    @property
    def wanted(self) -> bool:
        return True

    def settle(self, replies: list[Reply]) -> None:
        chunks, whole = self._chunks, self._whole
        lengths = [len(reply) if isinstance(reply, bytes) else -1 for reply in replies[:whole]] + replies[whole:]
        if lengths != [chunks.size(index) for index in range(chunks.count)]:
            self._on_lost(_lost(replies))
        elif whole == chunks.count:
            self._on_open(b"".join(replies))
        else:
            self._on_open(ChunkedBody(self._reads, self._place, chunks, replies[0]))

    def fail(self, error: CacheStoreError) -> None:
        self._on_lost(error)


class ChunkRead:
    """Reads one chunk."""

    __slots__ = ("_size", "commands", "waiter", "weight")

    def __init__(self, key: str, size: int) -> None:
        self.commands: Sequence[Command] = [("GET", key)]
        self.weight = self._size = size
        self.waiter: Waiter[bytes] = Waiter()

    @property
    def wanted(self) -> bool:
        return not self.waiter.done()

    def settle(self, replies: list[Reply]) -> None:
        if isinstance(replies[0], bytes) and len(replies[0]) == self._size:
            self.waiter.wake(replies[0])
        else:
            self.fail(_lost(replies))

    def fail(self, error: CacheStoreError) -> None:
        self.waiter.throw(UpstreamCut(str(error), reason="cache_chunk_lost"))


class ChunkedBody:
    """A stream of chunks whose first is here; the next is asked for when one is read, so that two are held at most."""

    __slots__ = ("_chunks", "_coming", "_first", "_next", "_place", "_reads", "length")

    def __init__(self, reads: Batches, place: Place, chunks: Chunks, first: bytes) -> None:
        self._reads, self._place, self._chunks = reads, place, chunks
        self._first: bytes | None = first
        self._coming: ChunkRead | None = None
        self._next = 1
        self.length: int | None = chunks.length

    @property
    def ready(self) -> bool:
        return self._first is not None

    async def read(self) -> bytes:
        """Return the next chunk, b"" at the end; raises UpstreamCut where it is gone."""
        if self._first is not None:
            piece, self._first = self._first, None
        elif self._coming is None:
            return b""
        else:
            piece = await self._coming.waiter
        self._ask()
        return piece

    def _ask(self) -> None:
        index, self._coming = self._next, None
        if index < self._chunks.count:
            self._next += 1
            key = self._place.chunk(self._chunks.version, index)
            self._coming = ChunkRead(key, self._chunks.size(index))
            self._reads.add(self._coming)

    def discard(self) -> None:
        self._first, self._next = None, self._chunks.count
        if self._coming is not None:
            self._coming.waiter.cancel()
            self._coming = None


def _lost(replies: list[Reply]) -> CacheStoreError:
    for reply in replies:
        if isinstance(reply, CacheStoreError):
            return reply
    return CacheStoreError("a chunk of a body is gone", reason="chunk_lost")
