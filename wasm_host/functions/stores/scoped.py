"""Stores as one function may use them: its own keys, below its prefix, within its limits."""

from __future__ import annotations

from typing import Final

from wasm_host.functions.allowance import StoreAllowance
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.services import Soon
from wasm_host.functions.settings import FunctionLimits
from wasm_host.functions.stores.cache import FunctionsCache, Tally
from wasm_host.functions.stores.integers import LEAST, MOST
from wasm_host.functions.stores.pairs import MOST_LISTED, Pairs
from wasm_host.functions.stores.rate_limits import Takes
from wasm_host.functions.stores.scope import scoped

LONGEST_TTL_S: Final = 2**32 - 1
"""136 years: what 32 bits of an ABI hold."""


class Gate:
    """What one function may ask its cache, or its pairs, for. Each check raises HostcallFailed."""

    __slots__ = ("_key_bytes", "_prefix", "_value_bytes", "_writes")

    def __init__(self, allow: StoreAllowance, limits: FunctionLimits) -> None:
        self._prefix, self._writes = allow.prefix.encode(), allow.writes
        self._key_bytes, self._value_bytes = limits.key_bytes, limits.value_bytes

    def check_key(self, key: bytes) -> None:
        check_length(key, self._key_bytes)
        if not key.startswith(self._prefix):
            raise HostcallFailed("not_allowed", f"keys begin with {self._prefix!r}")

    def check_change(self, key: bytes, value: bytes = b"", *, ttl_s: int = 0, by: int = 0) -> None:
        if not self._writes:
            raise HostcallFailed("not_allowed", "it may not write there")
        self.check_key(key)
        if len(value) > self._value_bytes:
            raise HostcallFailed("too_large", f"a value has at most {self._value_bytes} bytes")
        if not 0 <= ttl_s <= LONGEST_TTL_S:
            raise HostcallFailed("invalid", f"no time to live: {ttl_s} s")
        if not LEAST <= by <= MOST:
            raise HostcallFailed("invalid", "more than 64 bits")

    def narrowed(self, prefix: bytes) -> bytes | None:
        """Return what keys begin with that have both this prefix and the function's; None if there can be none."""
        if len(prefix) > self._key_bytes:
            raise HostcallFailed("too_large", f"a key has at most {self._key_bytes} bytes")
        longer = max(prefix, self._prefix, key=len)
        return longer if longer.startswith(prefix) and longer.startswith(self._prefix) else None


def check_length(key: bytes, most: int) -> None:
    if not key:
        raise HostcallFailed("invalid", "an empty key")
    if len(key) > most:
        raise HostcallFailed("too_large", f"a key has at most {most} bytes")


class ScopedCache:
    __slots__ = ("_cache", "_gate", "_scope", "_tally")

    def __init__(self, cache: FunctionsCache, function: str, gate: Gate, tally: Tally) -> None:
        self._cache, self._scope, self._gate, self._tally = cache, scoped(function), gate, tally

    def get(self, key: bytes) -> Soon[bytes | None]:
        self._gate.check_key(key)
        return self._cache.get(self._scope + key, self._tally)

    def set(self, key: bytes, value: bytes, ttl_s: int) -> Soon[None]:
        self._gate.check_change(key, value, ttl_s=_lasting(ttl_s))
        return self._cache.set(self._scope + key, value, ttl_s)

    def delete(self, key: bytes) -> Soon[bool]:
        self._gate.check_change(key)
        return self._cache.delete(self._scope + key)

    def increment(self, key: bytes, by: int, ttl_s: int) -> Soon[int]:
        self._gate.check_change(key, ttl_s=_lasting(ttl_s), by=by)
        return self._cache.increment(self._scope + key, by, ttl_s)


def _lasting(ttl_s: int) -> int:
    if ttl_s == 0:
        raise HostcallFailed("invalid", "a cached value needs a time to live")
    return ttl_s


class ScopedKeyValues:
    __slots__ = ("_function", "_gate", "_pairs")

    def __init__(self, pairs: Pairs, function: str, gate: Gate) -> None:
        self._pairs, self._function, self._gate = pairs, function, gate

    def get(self, key: bytes) -> Soon[bytes | None]:
        self._gate.check_key(key)
        return self._pairs.get(self._function, key)

    def set(self, key: bytes, value: bytes, ttl_s: int) -> Soon[None]:
        self._gate.check_change(key, value, ttl_s=ttl_s)
        return self._pairs.set(self._function, key, value, ttl_s)

    def delete(self, key: bytes) -> Soon[bool]:
        self._gate.check_change(key)
        return self._pairs.delete(self._function, key)

    def increment(self, key: bytes, by: int) -> Soon[int]:
        self._gate.check_change(key, by=by)
        return self._pairs.increment(self._function, key, by)

    def compare_and_set(self, key: bytes, expected: bytes | None, value: bytes, ttl_s: int) -> Soon[bool]:
        self._gate.check_change(key, value, ttl_s=ttl_s)
        return self._pairs.compare_and_set(self._function, key, expected, value, ttl_s)

    def keys(self, prefix: bytes, most: int) -> Soon[list[bytes]]:
        """Return the first keys, in the order of their bytes."""
        if most < 0:
            raise HostcallFailed("invalid", "fewer than none")
        if most > MOST_LISTED:
            raise HostcallFailed("too_large", f"at most {MOST_LISTED} keys are listed at once")
        narrowed = self._gate.narrowed(prefix)
        return [] if narrowed is None or most == 0 else self._pairs.keys(self._function, narrowed, most)


class ScopedRateLimits:
    __slots__ = ("_function", "_key_bytes", "_takes")

    def __init__(self, takes: Takes, function: str, limits: FunctionLimits) -> None:
        self._takes, self._function, self._key_bytes = takes, function, limits.key_bytes

    def take(self, key: bytes, most: int, window_s: int) -> Soon[bool]:
        """Tell whether there is room for one more in this window, and take it."""
        check_length(key, self._key_bytes)
        if not (0 <= most <= MOST and 0 < window_s <= LONGEST_TTL_S):
            raise HostcallFailed("invalid", f"no rate: {most} in {window_s} s")
        return self._takes.take(self._function, key, most, window_s)
