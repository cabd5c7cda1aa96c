"""The first tier: responses in the memory of one worker."""

from __future__ import annotations

from typing import Final

from proxy.cache.s3fifo import S3Fifo
from proxy.cache.stored import Stored
from proxy.cache.variants import MOST_VARIANTS, Variants
from proxy.messages import Headers

LARGEST_SHARE: Final = 8
"""A response may take one part in so many of the tier: a few large ones shall not displace thousands."""


class MemoryTier:
    """Holds responses up to `limit_bytes`, counted by `Stored.size_bytes` as it was when they were put.

    `entries` has each resource by its key: the response itself, or its `Variants` if it varies. It may be read past
    `find`; whoever serves from it adds one to `Stored.uses`. Only the tier writes it.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.largest_bytes = limit_bytes // LARGEST_SHARE
        self.entries: dict[str, Stored | Variants] = {}
        self.evictions = 0
        self._queue: S3Fifo[Stored] = S3Fifo(limit_bytes)
        self._to_sweep: list[str] = []

    @property
    def size_bytes(self) -> int:
        return self._queue.size_bytes

    @property
    def count(self) -> int:
        """The number of responses, each variant for itself."""
        return len(self._queue)

    def find(self, key: str, headers: Headers, now: float = 0.0) -> Stored | None:
        """Return the response that a request selects, fresh or not; one that `now` is past keeping is dropped."""
        entry = self.entries.get(key)
        stored = entry.find(headers) if isinstance(entry, Variants) else entry
        if stored is None:
            return None
        if stored.keep_until <= now:
            self.remove(stored)
            return None
        stored.uses += 1
        return stored

    def vary_of(self, key: str) -> tuple[bytes, ...]:
        """Return the lower-case names of the fields that select among the responses of a resource."""
        entry = self.entries.get(key)
        return () if entry is None else entry.vary

    def put(self, stored: Stored) -> bool:
        """Take a response in the place of the one with the same selection; tell whether it is not too large.

        One that is too large still displaces the older one. Others make room as S3-FIFO chooses.
        """
        was_in_main = self._displace(stored)
        size_bytes = stored.size_bytes
        if size_bytes > self.largest_bytes:
            return False
        while self._queue.size_bytes + size_bytes > self.limit_bytes:
            self._evict()
        self._enter(stored)
        self._queue.add(stored, to_main=was_in_main)
        return True

    def remove(self, stored: Stored) -> None:
        """Take out this very response, if it is still held."""
        if stored in self._queue:
            self._queue.remove(stored)
            self._leave(stored)

    def drop(self, key: str) -> None:
        """Take out all responses of a resource."""
        entry = self.entries.pop(key, None)
        for stored in _responses(entry):
            self._queue.remove(stored)

    def clear(self) -> None:
        self.entries.clear()
        self._queue.clear()
        self._to_sweep.clear()

    def expire(self, now: float, at_most: int) -> int:
        """Look at the next `at_most` resources, and drop what is past keeping; return how many responses went.

        To be called now and then with a small number: each resource is come by once in a round.
        """
        before = self.count
        if not self._to_sweep:
            self._to_sweep = list(self.entries)
        for _ in range(min(at_most, len(self._to_sweep))):
            for stored in _responses(self.entries.get(self._to_sweep.pop())):
                if stored.keep_until <= now:
                    self.remove(stored)
        return before - self.count

    def _displace(self, stored: Stored) -> bool:
        """Take out what a new response takes the place of; tell whether that was in the main queue."""
        entry = self.entries.get(stored.key)
        if entry is None:
            return False
        if entry.vary != stored.vary:
            self.drop(stored.key)
            return False
        older = entry.by_selection.get(stored.variant) if isinstance(entry, Variants) else entry
        if older is None:
            return False
        stored.uses = older.uses
        self._leave(older)
        return self._queue.remove(older)

    def _enter(self, stored: Stored) -> None:
        if not stored.vary:
            self.entries[stored.key] = stored
            return
        entry = self.entries.get(stored.key)
        if not isinstance(entry, Variants):
            entry = self.entries[stored.key] = Variants(stored.vary)
        elif len(entry.by_selection) >= MOST_VARIANTS:
            self._evict_variant(entry)
        entry.by_selection[stored.variant] = stored

    def _leave(self, stored: Stored) -> None:
        entry = self.entries[stored.key]
        if isinstance(entry, Variants):
            del entry.by_selection[stored.variant]
            if entry.by_selection:
                return
        del self.entries[stored.key]

    def _evict(self) -> None:
        self._leave(self._queue.evict())
        self.evictions += 1

    def _evict_variant(self, entry: Variants) -> None:
        """Let the least used variant go, of these the oldest."""
        least = min(entry.by_selection.values(), key=lambda stored: stored.uses)
        self._queue.remove(least)
        del entry.by_selection[least.variant]
        self.evictions += 1


def _responses(entry: Stored | Variants | None) -> list[Stored]:
    if entry is None:
        return []
    return list(entry.by_selection.values()) if isinstance(entry, Variants) else [entry]
