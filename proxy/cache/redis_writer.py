"""Writes behind: nobody waits for them, they wait in a bounded line, and what finds no room there is dropped."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Final

from proxy.cache.redis_batch import Batches
from proxy.cache.redis_client import Reply
from proxy.cache.redis_layout import (
    PREFIX_BYTES,
    VERSION_BYTES,
    Chunks,
    Keys,
    Place,
    chunks_of,
    encode,
    life_ms,
    variant_name,
    vary_names,
)
from proxy.cache.redis_scripts import COMMIT, DROP, UNLOCK, Command
from proxy.cache.redis_settings import RedisSettings
from proxy.cache.stored import Stored
from proxy.cache.variants import MOST_VARIANTS
from proxy.errors import CacheStoreError
from proxy.runtime import wall_clock

UNFINISHED_MS: Final = 300_000
"""How long a chunk lives whose body never came to its end, nor to its abortion."""
OUTLIVED_MS: Final = 60_000
"""How long chunks outlive their entry, for those who are still reading them."""
COMMAND_BYTES: Final = 256
"""What a command weighs besides a body."""


class Write:
    """Commands in the line; `on_done` is given the replies, or None if they never came."""

    __slots__ = ("_on_done", "commands", "weight")

    def __init__(
        self, commands: Sequence[Command], weight: int, on_done: Callable[[list[Reply] | None], None] | None = None
    ) -> None:
        self.commands, self.weight, self._on_done = commands, weight, on_done

    @property
    def wanted(self) -> bool:
        return True

    def settle(self, replies: list[Reply]) -> None:
        if self._on_done is not None:
            self._on_done(replies)

    def fail(self, error: CacheStoreError) -> None:
        if self._on_done is not None:
            self._on_done(None)


class WriteBehind:
    """The line. `may_write` tells whether Redis is there at all; outcomes are told to `count`: stored, dropped, failed.

    `on_refused` is told why Redis refused a write.
    """

    def __init__(
        self,
        batches: Batches,
        keys: Keys,
        settings: RedisSettings,
        *,
        may_write: Callable[[], bool],
        count: Callable[[str], None],
        on_refused: Callable[[CacheStoreError], None],
    ) -> None:
        self._batches, self.keys, self.settings = batches, keys, settings
        self._may_write, self.count, self._on_refused = may_write, count, on_refused

    def add(self, write: Write) -> bool:
        """Put into the line, unless there is no room or no Redis; tell which."""
        if not self._may_write() or self._batches.held + write.weight > self.settings.backlog_bytes:
            return False
        self._batches.add(write)
        return True

    def drop(self, key: str) -> None:
        """Remove all responses of a resource."""
        place = self.keys.place(key)
        command = DROP.call([place.entries], PREFIX_BYTES)
        self.add(Write([command], COMMAND_BYTES, lambda replies: self._dropped(place, replies)))

    def unlock(self, key: str, owner: str) -> None:
        self.add(Write([UNLOCK.call([self.keys.place(key).lock], owner)], COMMAND_BYTES))

    def _dropped(self, place: Place, replies: list[Reply] | None) -> None:
        for reply in replies or ():
            if isinstance(reply, list):
                self.outlive(place, reply)
            else:
                self.refused(reply)

    def refused(self, reply: Reply) -> None:
        if isinstance(reply, CacheStoreError):
            self._on_refused(reply)

    def outlive(self, place: Place, prefixes: list[Reply]) -> None:
        """Let the chunks of entries that went live just as long as somebody may be reading them."""
        old = [chunks for chunks in map(chunks_of, prefixes) if chunks is not None]
        commands: list[Command] = [("PEXPIRE", key, OUTLIVED_MS) for chunks in old for key in chunks.keys(place)]
        if commands:
            self.add(Write(commands, COMMAND_BYTES * len(commands)))


class Writer:
    """Writes one response whose body comes in pieces; nothing of it is seen before `commit`."""

    def __init__(self, line: WriteBehind, stored: Stored) -> None:
        self._line = line
        self._place = line.keys.place(stored.key)
        self._version = secrets.token_bytes(VERSION_BYTES)
        self._pieces: list[bytes] = []
        self._held_bytes = self._sent_bytes = 0
        self._over = False

    def feed(self, piece: bytes) -> None:
        if self._over:
            return
        self._pieces.append(piece)
        self._held_bytes += len(piece)
        # One that may fit inline is held until its end is known.
        if self._held_bytes > self._line.settings.chunk_bytes:
            self._send_full_chunks()

    def commit(self, stored: Stored) -> None:
        """Make the response visible, with the facts that it has now; its body is what was fed."""
        life = life_ms(stored, wall_clock())
        if self._over or life == 0:
            self.abort()
            return
        if self._sent_bytes + self._held_bytes <= self._line.settings.inline_bytes:
            self._add_commit(stored, b"".join(self._pieces), (), life)
        else:
            self._commit_chunked(stored, life)
        self._over = True

    def abort(self) -> None:
        """Forget what was fed; what was sent of it already is removed."""
        if not self._over:
            self._over = True
            self._pieces.clear()
            if self._sent_bytes:
                keys = self._chunks(self._sent_bytes).keys(self._place)
                self._line.add(Write([("UNLINK", key) for key in keys], COMMAND_BYTES * len(keys)))

    def _commit_chunked(self, stored: Stored, life: int) -> None:
        self._send_full_chunks()
        if self._held_bytes:
            self._send(b"".join(self._pieces))
        chunks = self._chunks(self._sent_bytes)
        if not self._over:
            self._add_commit(stored, chunks, chunks.keys(self._place), life)

    def _send_full_chunks(self) -> None:
        size = self._line.settings.chunk_bytes
        body = b"".join(self._pieces)
        whole = len(body) // size * size
        for start in range(0, whole, size):
            self._send(body[start : start + size])
        self._pieces = [body[whole:]]
        self._held_bytes = len(body) - whole

    def _send(self, chunk: bytes) -> None:
        if self._over:
            return
        key = self._place.chunk(self._version, self._sent_bytes // self._line.settings.chunk_bytes)
        command = ("SET", key, chunk, "PX", UNFINISHED_MS)
        if self._line.add(Write([command], len(chunk) + COMMAND_BYTES, self._chunk_sent)):
            self._sent_bytes += len(chunk)
        else:
            self._line.count("dropped")
            self.abort()

    def _chunk_sent(self, replies: list[Reply] | None) -> None:
        for reply in replies or ():
            self._line.refused(reply)

    def _add_commit(self, stored: Stored, body: bytes | Chunks, keys: Sequence[str], life: int) -> None:
        entry = encode(stored, body)
        command = COMMIT.call(
            [self._place.entries, *keys],
            vary_names(stored.vary),
            variant_name(stored.variant),
            entry,
            life,
            life + OUTLIVED_MS,
            PREFIX_BYTES,
            MOST_VARIANTS,
        )
        if not self._line.add(Write([command], len(entry) + COMMAND_BYTES, self._committed)):
            self._line.count("dropped")

    def _committed(self, replies: list[Reply] | None) -> None:
        gone = replies[0] if replies else None
        if isinstance(gone, list):
            self._line.count("stored")
            self._line.outlive(self._place, gone)
        else:
            self._line.count("failed")
            self._line.refused(gone)

    def _chunks(self, length: int) -> Chunks:
        return Chunks(self._version, self._line.settings.chunk_bytes, length)
