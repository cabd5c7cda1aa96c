"""The key-value store in Redis, which must not evict: all nodes share it, and it is as durable as Redis is set up."""

from __future__ import annotations

from urllib.parse import quote

from proxy.cache.redis_client import Reply
from proxy.cache.redis_scripts import Command, Script
from proxy.runtime import Waiter
from wasm_host.functions.stores.integers import not_a_number
from wasm_host.functions.stores.pairs import no_room
from wasm_host.functions.stores.redis_link import RedisLink
from wasm_host.functions.stores.redis_scripts import (
    PAIR_COMPARE_AND_SET,
    PAIR_DELETE,
    PAIR_GET,
    PAIR_INCREMENT,
    PAIR_KEYS,
    PAIR_SET,
)
from wasm_host.functions.stores.scope import ROOT, after
from wasm_host.functions.stores.settings import Quota


class RedisPairs:
    def __init__(self, link: RedisLink, quota: Quota) -> None:
        self._link, self._quota = link, quota

    def get(self, function: str, key: bytes) -> Waiter[bytes | None]:
        return self._link.value(_call(PAIR_GET, function, key), _bytes)

    def set(self, function: str, key: bytes, value: bytes, ttl_s: int) -> Waiter[None]:
        command = _call(PAIR_SET, function, key, value, ttl_s * 1000, *self._bounds)
        return self._link.value(command, _stored, sent_bytes=len(value))

    def delete(self, function: str, key: bytes) -> Waiter[bool]:
        return self._link.value(_call(PAIR_DELETE, function, key), bool)

    def increment(self, function: str, key: bytes, by: int) -> Waiter[int]:
        return self._link.value(_call(PAIR_INCREMENT, function, key, by, *self._bounds), _sum)

    def compare_and_set(
        self, function: str, key: bytes, expected: bytes | None, value: bytes, ttl_s: int
    ) -> Waiter[bool]:
        wanted: tuple[int, bytes] = (0, b"") if expected is None else (1, expected)
        command = _call(PAIR_COMPARE_AND_SET, function, key, value, ttl_s * 1000, *self._bounds, *wanted)
        return self._link.value(command, _swapped, sent_bytes=len(value) + len(wanted[1]))

    def keys(self, function: str, prefix: bytes, most: int) -> Waiter[list[bytes]]:
        end = after(prefix)
        command = _call(PAIR_KEYS, function, b"[" + prefix, b"+" if end is None else b"(" + end, most)
        return self._link.value(command, list)

    @property
    def _bounds(self) -> tuple[int, int]:
        return self._quota.keys, self._quota.bytes


def _call(script: Script, function: str, *arguments: bytes | int) -> Command:
    stem = f"{ROOT.decode()}kv:{{{quote(function, safe='')}}}:"
    return script.call([stem + each for each in ("values", "names", "expiries", "used")], *arguments)


def _bytes(reply: Reply) -> bytes | None:
    return None if reply is None else bytes(reply)


def _stored(reply: Reply) -> None:
    if reply is None:
        raise no_room()


def _swapped(reply: Reply) -> bool:
    if reply is None:
        raise no_room()
    return bool(reply)


def _sum(reply: Reply) -> int:
    if reply == 0:
        raise not_a_number()
    if reply == 1:
        raise no_room()
    return int(reply)
