"""The key-value store in SQLite, as the loop sees it."""

from __future__ import annotations

from proxy.runtime import Waiter
from wasm_host.functions.stores.sqlite_thread import SqliteThread


class SqliteStore:
    """Pairs (pairs.py) of all workers of this machine, in one file."""

    def __init__(self, thread: SqliteThread) -> None:
        self._ask = thread.ask

    def get(self, function: str, key: bytes) -> Waiter[bytes | None]:
        return self._ask(lambda pairs: pairs.get(function, key), writes=False)

    def set(self, function: str, key: bytes, value: bytes, ttl_s: int) -> Waiter[None]:
        return self._ask(lambda pairs: pairs.set(function, key, value, ttl_s), writes=True, weight=len(value))

    def delete(self, function: str, key: bytes) -> Waiter[bool]:
        return self._ask(lambda pairs: pairs.delete(function, key), writes=True)

    def increment(self, function: str, key: bytes, by: int) -> Waiter[int]:
        return self._ask(lambda pairs: pairs.increment(function, key, by), writes=True)

    def compare_and_set(
        self, function: str, key: bytes, expected: bytes | None, value: bytes, ttl_s: int
    ) -> Waiter[bool]:
        return self._ask(
            lambda pairs: pairs.compare_and_set(function, key, expected, value, ttl_s),
            writes=True,
            weight=len(value) + len(expected or b""),
        )

    def keys(self, function: str, prefix: bytes, most: int) -> Waiter[list[bytes]]:
        return self._ask(lambda pairs: pairs.keys(function, prefix, most), writes=False)
