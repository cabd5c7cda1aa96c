"""One lookup: from a request's key and fields to a stored response that may be used, or a miss. Never an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from proxy.body import Body
from proxy.cache.redis_batch import Batches
from proxy.cache.redis_chunks import BodyOpening
from proxy.cache.redis_client import Reply
from proxy.cache.redis_layout import Keys, decode, request_blob
from proxy.cache.redis_purges import PurgeLog
from proxy.cache.redis_scripts import FIND, Command
from proxy.cache.redis_settings import RedisSettings
from proxy.cache.rfc9111 import matches
from proxy.cache.stored import Stored
from proxy.errors import CacheStoreError
from proxy.messages import Headers
from proxy.patience import Patience
from proxy.runtime import Waiter, wall_clock

CLOCKS_APART_S: Final = 5.0
"""What was stored by a clock further ahead than this may be older than it seems: it is validated."""


@dataclass(frozen=True, slots=True)
class Found:
    """`stored` with its whole body, or with `body` as a stream beside it; or neither.

    `locked_elsewhere` tells after a miss that another worker is fetching, if that was asked.
    """

    stored: Stored | None = None
    body: Body | None = None
    locked_elsewhere: bool = False


MISS: Final = Found()


class Lookups:
    """Finds responses: `finds` takes the lookups themselves, `reads` the chunks of large bodies."""

    def __init__(
        self,
        keys: Keys,
        settings: RedisSettings,
        purges: PurgeLog,
        finds: Batches,
        reads: Batches,
        *,
        owner: str,
        on_trouble: Callable[[CacheStoreError], None],
        unlock: Callable[[str], None],
    ) -> None:
        self.purges, self.reads, self.on_trouble, self.unlock = purges, reads, on_trouble, unlock
        self.keys, self.timeout_s = keys, settings.timeout_s
        self._finds, self._owner, self._lock_ms = finds, owner, int(settings.lock_s * 1000)

    def find(self, key: str, headers: Headers, *, lock: bool) -> Waiter[Found]:
        """Ask for the response that a request selects; with `lock`, to fetch it for all nodes if there is none."""
        place = self.keys.place(key)
        command = FIND.call(
            [place.entries, place.lock], request_blob(headers), self._lock_ms if lock else 0, self._owner
        )
        lookup = Lookup(self, key, headers, command, lock)
        self._finds.add(lookup)
        return lookup.waiter


class Lookup:
    """A lookup under way. When its time is over it is a miss, and its late reply is dropped."""

    __slots__ = ("_headers", "_key", "_lock", "_lookups", "_patience", "commands", "waiter")

    weight = 1

    def __init__(self, lookups: Lookups, key: str, headers: Headers, command: Command, lock: bool) -> None:
        self._lookups, self._key, self._headers, self._lock = lookups, key, headers, lock
        self.commands: Sequence[Command] = (command,)
        self.waiter: Waiter[Found] = Waiter()
        self._patience = Patience(lookups.timeout_s, self._be_late)

    @property
    def wanted(self) -> bool:
        if self.waiter.done():
            self._patience.cancel()
        return not self.waiter.done()

    def _be_late(self) -> None:
        self._finish(MISS)

    def settle(self, replies: list[Reply]) -> None:
        reply = replies[0]
        if isinstance(reply, CacheStoreError):
            self._give_up(reply)
            return
        entry, locked_elsewhere = reply
        if entry is None:
            self._missed(bool(locked_elsewhere))
        elif not self.waiter.done():
            try:
                self._judge(entry)
            except CacheStoreError as error:
                self._give_up(error)

    def fail(self, error: CacheStoreError) -> None:
        self._finish(MISS)

    def _missed(self, locked_elsewhere: bool) -> None:
        if self._lock and not locked_elsewhere and self.waiter.cancelled():
            self._lookups.unlock(self._key)  # Whoever wanted to fetch has left.
        self._finish(Found(locked_elsewhere=locked_elsewhere))

    def _judge(self, entry: bytes) -> None:
        stored, chunks = decode(entry, self._key)
        lookups, now = self._lookups, wall_clock()
        taken = lookups.purges.verdict(stored.url, stored.tags, stored.generation)
        if taken == "hard" or stored.keep_until <= now or not matches(stored, self._headers):
            self._finish(MISS)
            return
        if taken == "soft" or stored.born > now + CLOCKS_APART_S:
            stored.fresh_until = min(stored.fresh_until, now)
        if stored.generation < lookups.purges.floor:
            stored.forbid_stale()
        if chunks is None:
            self._finish(Found(stored))
        else:
            place = lookups.keys.place(self._key)
            lookups.reads.add(BodyOpening(lookups.reads, place, chunks, partial(self._opened, stored), self._give_up))

    def _opened(self, stored: Stored, body: bytes | Body) -> None:
        if isinstance(body, bytes):
            stored.body = body
            self._finish(Found(stored))
        else:
            self._finish(Found(stored, body))

    def _give_up(self, error: CacheStoreError) -> None:
        self._lookups.on_trouble(error)
        self._finish(MISS)

    def _finish(self, found: Found) -> None:
        """Wake whoever waits, as the last step: the exchange goes on inside this call."""
        self._patience.cancel()
        self.waiter.wake(found)
