"""Host functions over what outlives a call: the cache, the key-value store, and the rate limits."""

from __future__ import annotations

import json
from typing import Final

from wasm_host.abi.edge.reading import data, number_bytes, signed, word
from wasm_host.functions.call import Call
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.hostcalls import MISS, Later, settled
from wasm_host.functions.services import Cache, KeyValues, RateLimits, Soon

_ABSENT: Final = 2**32 - 1
"""A length that says that there is no value to compare with."""
_MOST_KEYS: Final = 10_000


class CacheCalls:
    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def cache_get(self, call: Call, at: int, size: int) -> int | Later:
        found = self._cache.get(_key(call, at, size))
        if type(found) is bytes:
            return call.give(found)
        return _found(call, found)

    def cache_set(self, call: Call, key_at: int, key_size: int, at: int, size: int, ttl_s: int) -> int | Later:
        if not ttl_s:
            raise HostcallFailed("invalid", "a life of 0 s")
        return settled(self._cache.set(_key(call, key_at, key_size), _value(call, at, size), ttl_s), _done)

    def cache_delete(self, call: Call, at: int, size: int) -> int | Later:
        return settled(self._cache.delete(_key(call, at, size)), int)

    def cache_increment(self, call: Call, at: int, size: int, by: int, ttl_s: int) -> int | Later:
        if not ttl_s:
            raise HostcallFailed("invalid", "a life of 0 s")
        return _counted(call, self._cache.increment(_key(call, at, size), signed(by), ttl_s))


class KeyValueCalls:
    def __init__(self, kv: KeyValues) -> None:
        self._kv = kv

    def kv_get(self, call: Call, at: int, size: int) -> int | Later:
        return _found(call, self._kv.get(_key(call, at, size)))

    def kv_set(self, call: Call, key_at: int, key_size: int, at: int, size: int, ttl_s: int) -> int | Later:
        return settled(self._kv.set(_key(call, key_at, key_size), _value(call, at, size), ttl_s), _done)

    def kv_delete(self, call: Call, at: int, size: int) -> int | Later:
        return settled(self._kv.delete(_key(call, at, size)), int)

    def kv_increment(self, call: Call, at: int, size: int, by: int) -> int | Later:
        return _counted(call, self._kv.increment(_key(call, at, size), signed(by)))

    def kv_compare_and_set(
        self, call: Call, key_at: int, key_size: int, old_at: int, old_size: int, at: int, size: int, ttl_s: int
    ) -> int | Later:
        key = _key(call, key_at, key_size)
        expected = None if old_size == _ABSENT else _value(call, old_at, old_size)
        return settled(self._kv.compare_and_set(key, expected, _value(call, at, size), ttl_s), int)

    def kv_keys(self, call: Call, at: int, size: int, most: int) -> int | Later:
        """Give keys as a JSON array; a byte that is no UTF-8 stands there as U+FFFD."""
        prefix = data(call, at, size, call.limits.key_bytes, "a key")

        def give(keys: list[bytes]) -> int:
            return call.give(json.dumps([each.decode("utf-8", "replace") for each in keys]).encode())

        return settled(self._kv.keys(prefix, min(most, _MOST_KEYS)), give)


class RateLimitCalls:
    def __init__(self, rate_limits: RateLimits) -> None:
        self._rate_limits = rate_limits

    def rate_limit(self, call: Call, at: int, size: int, most: int, window_s: int) -> int | Later:
        if not window_s:
            raise HostcallFailed("invalid", "a window of 0 s")
        return settled(self._rate_limits.take(_key(call, at, size), most, window_s), int)


def _key(call: Call, at: int, size: int) -> bytes:
    return word(call, at, size, call.limits.key_bytes, "a key")


def _value(call: Call, at: int, size: int) -> bytes:
    return data(call, at, size, call.limits.value_bytes, "a value")


def _found(call: Call, soon: Soon[bytes | None]) -> int | Later:
    def give(value: bytes | None) -> int:
        return MISS if value is None else call.give(value)

    return settled(soon, give)


def _counted(call: Call, soon: Soon[int]) -> int | Later:
    def give(number: int) -> int:
        return call.give(number_bytes(number))

    return settled(soon, give)


def _done(_: None) -> int:
    return 0
