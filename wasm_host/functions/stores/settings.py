"""Where functions store, and how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from proxy.cache.redis_settings import RedisSettings

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Quota:
    """What one function may have in the key-value store; keys and values count into `bytes`."""

    keys: int = 100_000
    bytes: int = 64 * MIB


@dataclass(frozen=True, slots=True)
class SqliteSettings:
    """A file, made with its first use, in a directory that is there; all workers share it.

    A transaction waits for those of other processes for `busy_s` at most. That one may stand in line before it, so a
    call takes a little more than twice that at worst.
    """

    path: str
    busy_s: float = 2.0


@dataclass(frozen=True, slots=True)
class StoresSettings:
    """`cache_bytes` is the memory of all functions' cache in one worker.

    Rate limits are kept in the Redis of the cache, else in that of the key-value store, else by each worker for
    itself. `kv` None is nowhere: no function may have the store then.
    """

    cache_bytes: int = 64 * MIB
    cache_redis: RedisSettings | None = None
    kv: SqliteSettings | RedisSettings | None = None
    quota: Quota = Quota()

    @property
    def rate_limits_redis(self) -> RedisSettings | None:
        if self.cache_redis is not None:
            return self.cache_redis
        return self.kv if isinstance(self.kv, RedisSettings) else None
