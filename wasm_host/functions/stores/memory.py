"""The cache in one worker's memory: values of all functions, within a number of bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from proxy.cache.s3fifo import S3Fifo

OVERHEAD_BYTES: Final = 512
"""What an entry takes besides key and value: objects, and its places in tables."""
LARGEST_SHARE: Final = 8
"""A value may take one part in so many of the memory."""


@dataclass(slots=True, eq=False)
class Entry:
    """`until` is on the monotonic clock."""

    key: bytes
    value: bytes
    until: float
    uses: int = 0

    @property
    def identity(self) -> bytes:
        return self.key

    @property
    def size_bytes(self) -> int:
        return OVERHEAD_BYTES + len(self.key) + len(self.value)


class Memory:
    """Holds entries up to `limit_bytes`; S3-FIFO chooses which make room. What is over lies there until then."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._entries: dict[bytes, Entry] = {}
        self._queue: S3Fifo[Entry] = S3Fifo(limit_bytes)

    @property
    def size_bytes(self) -> int:
        return self._queue.size_bytes

    def find(self, key: bytes, now: float) -> Entry | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.until <= now:
            self._take_out(entry)
            return None
        entry.uses += 1
        return entry

    def put(self, key: bytes, value: bytes, until: float) -> None:
        """Take a value in the place of the one before, which goes even if the new one is too large to be held."""
        entry, older = Entry(key, value, until), self._entries.get(key)
        was_in_main = older is not None and self._take_out(older)
        size_bytes = entry.size_bytes
        if size_bytes > self._limit_bytes // LARGEST_SHARE:
            return
        while self._queue.size_bytes + size_bytes > self._limit_bytes:
            del self._entries[self._queue.evict().key]
        if older is not None:
            entry.uses = older.uses
        self._entries[key] = entry
        self._queue.add(entry, to_main=was_in_main)

    def drop(self, key: bytes, now: float) -> bool:
        """Tell whether there was a value."""
        entry = self._entries.get(key)
        if entry is None:
            return False
        self._take_out(entry)
        return entry.until > now

    def _take_out(self, entry: Entry) -> bool:
        """Tell whether it was in the main queue."""
        del self._entries[entry.key]
        return self._queue.remove(entry)
