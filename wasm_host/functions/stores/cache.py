"""The cache of all functions in one worker: its memory alone, or with Redis behind it. Keys are scoped already.

With Redis, the memory answers for `BRIEFLY_S` at most: so long a worker may not see what others have changed. What it
changes itself it sees at once. Without Redis each worker has a cache of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, TypeAlias

from proxy.cache.redis_client import Reply
from proxy.errors import CacheStoreError
from proxy.metrics import Cell, Registry
from proxy.runtime import Waiter, monotonic
from wasm_host.functions.services import Soon
from wasm_host.functions.stores.integers import added, not_a_number
from wasm_host.functions.stores.memory import Memory
from wasm_host.functions.stores.redis_link import RedisLink
from wasm_host.functions.stores.redis_scripts import INCREMENT
from wasm_host.functions.stores.scope import ROOT

BRIEFLY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Tally:
    """Where a function's values were found."""

    memory: Cell
    redis: Cell
    nothing: Cell

    @classmethod
    def of(cls, registry: Registry, function: str) -> Tally:
        cells = (registry.function_cache_gets.child(function, found) for found in ("memory", "redis", "nothing"))
        return cls(*cells)


Asked: TypeAlias = list[tuple[Waiter[bytes | None], Tally]]
"""Who waits for one answer of Redis."""


class FunctionsCache(Protocol):
    def get(self, key: bytes, tally: Tally) -> Soon[bytes | None]: ...
    def set(self, key: bytes, value: bytes, ttl_s: int) -> Soon[None]: ...
    def delete(self, key: bytes) -> Soon[bool]: ...
    def increment(self, key: bytes, by: int, ttl_s: int) -> Soon[int]: ...


class OwnCache:
    """This worker's memory, and nothing else."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def get(self, key: bytes, tally: Tally) -> bytes | None:
        entry = self._memory.find(key, monotonic())
        if entry is None:
            tally.nothing.value += 1
            return None
        tally.memory.value += 1
        return entry.value

    def set(self, key: bytes, value: bytes, ttl_s: int) -> None:
        self._memory.put(key, value, monotonic() + ttl_s)

    def delete(self, key: bytes) -> bool:
        return self._memory.drop(key, monotonic())

    def increment(self, key: bytes, by: int, ttl_s: int) -> int:
        """Add to a counter, which lives for `ttl_s` from when it was made."""
        now = monotonic()
        entry = self._memory.find(key, now)
        total = added(None if entry is None else entry.value, by)
        self._memory.put(key, b"%d" % total, now + ttl_s if entry is None else entry.until)
        return total


class SharedCache:
    """Redis, with this worker's memory before it.

    While Redis is away, a get finds what the memory still has, then nothing; changes raise HostcallFailed, and whether
    one that timed out was made is not known. A set is seen in the memory all the same.
    """

    def __init__(self, memory: Memory, link: RedisLink) -> None:
        self._memory, self._link = memory, link
        self._asked: dict[bytes, Asked] = {}

    def get(self, key: bytes, tally: Tally) -> Soon[bytes | None]:
        # By timeit (CPython 3.11, a shared core): 0.5 to 0.8 µs from a function's key to its value, scope and checks
        # included; 0.2 ms where it comes from a Redis on loopback (median).
        entry = self._memory.find(key, monotonic())
        if entry is not None:
            tally.memory.value += 1
            return entry.value
        waiter: Waiter[bytes | None] = Waiter()
        asked = self._asked.get(key)
        if asked is None:
            self._ask(key, waiter, tally)
        else:
            asked.append((waiter, tally))
        return waiter

    def set(self, key: bytes, value: bytes, ttl_s: int) -> Waiter[None]:
        self._asked.pop(key, None)
        self._memory.put(key, value, monotonic() + min(ttl_s, BRIEFLY_S))
        command = ("SET", _named(key), value, "PX", ttl_s * 1000)
        return self._link.value(command, _nothing, sent_bytes=len(value))

    def delete(self, key: bytes) -> Waiter[bool]:
        self._forget(key)
        return self._link.value(("DEL", _named(key)), bool)

    def increment(self, key: bytes, by: int, ttl_s: int) -> Waiter[int]:
        """Add to a counter, which lives for `ttl_s` from when it was made."""
        self._forget(key)
        return self._link.value(INCREMENT.call([_named(key)], by, ttl_s * 1000), _sum)

    def _forget(self, key: bytes) -> None:
        """Leave no older value in memory, nor let one in that Redis is about to answer with."""
        self._memory.drop(key, 0.0)
        self._asked.pop(key, None)

    def _ask(self, key: bytes, waiter: Waiter[bytes | None], tally: Tally) -> None:
        name, asked = _named(key), [(waiter, tally)]
        self._asked[key] = asked
        self._link.ask(
            [("GET", name), ("PTTL", name)], partial(self._found, key, asked), partial(self._lost, key, asked)
        )

    def _found(self, key: bytes, asked: Asked, replies: list[Reply]) -> None:
        value, left_ms = replies
        if self._is_latest(key, asked) and value is not None and left_ms > 0:
            self._memory.put(key, value, monotonic() + min(left_ms / 1000, BRIEFLY_S))
        for waiter, tally in asked:
            (tally.nothing if value is None else tally.redis).value += 1
            waiter.wake(value)

    def _lost(self, key: bytes, asked: Asked, _: CacheStoreError) -> None:
        self._is_latest(key, asked)
        for waiter, tally in asked:
            tally.nothing.value += 1
            waiter.wake(None)

    def _is_latest(self, key: bytes, asked: Asked) -> bool:
        """End a question; tell whether nothing was changed since it was asked."""
        if self._asked.get(key) is not asked:
            return False
        del self._asked[key]
        return True


def _named(key: bytes) -> bytes:
    return ROOT + b"cache:" + key


def _nothing(_: Reply) -> None:
    return None


def _sum(reply: Reply) -> int:
    if reply is None:
        raise not_a_number()
    return int(reply)
