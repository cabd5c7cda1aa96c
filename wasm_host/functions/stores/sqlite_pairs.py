"""The key-value store's work in SQLite, in the thread that owns the connection and within its transactions."""

from __future__ import annotations

import sqlite3
from typing import Final

from proxy.runtime import wall_clock
from wasm_host.functions.stores.integers import added
from wasm_host.functions.stores.pairs import no_room
from wasm_host.functions.stores.scope import after
from wasm_host.functions.stores.settings import Quota

REAPED_BY_WRITES: Final = 32
"""So many pairs that are over go with each transaction that writes."""
REAPED_BY_NEED: Final = 1000
"""So many, where a function has no room otherwise."""

_ALIVE: Final = "(until IS NULL OR until > ?)"


class SqlitePairs:
    """What runs in one transaction. A method that raises has changed no pair."""

    def __init__(self, connection: sqlite3.Connection, quota: Quota) -> None:
        self._execute, self._quota = connection.execute, quota

    def get(self, function: str, key: bytes) -> bytes | None:
        found = self._execute(
            f"SELECT value FROM pairs WHERE function = ? AND key = ? AND {_ALIVE}", (function, key, _now_ms())
        ).fetchone()
        return None if found is None else found[0]

    def set(self, function: str, key: bytes, value: bytes, ttl_s: int) -> None:
        self._put(function, key, value, _now_ms() + ttl_s * 1000 if ttl_s else None)

    def delete(self, function: str, key: bytes) -> bool:
        was_there = self.get(function, key) is not None
        self._execute("DELETE FROM pairs WHERE function = ? AND key = ?", (function, key))
        return was_there

    def increment(self, function: str, key: bytes, by: int) -> int:
        found = self._execute(
            f"SELECT value, until FROM pairs WHERE function = ? AND key = ? AND {_ALIVE}", (function, key, _now_ms())
        ).fetchone()
        value, until = (None, None) if found is None else found
        total = added(value, by)
        self._put(function, key, b"%d" % total, until)
        return total

    def compare_and_set(self, function: str, key: bytes, expected: bytes | None, value: bytes, ttl_s: int) -> bool:
        if self.get(function, key) != expected:
            return False
        self.set(function, key, value, ttl_s)
        return True

    def keys(self, function: str, prefix: bytes, most: int) -> list[bytes]:
        """Return keys in the order of their bytes."""
        end = after(prefix)
        within, bounds = ("", ()) if end is None else ("AND key < ?", (end,))
        rows = self._execute(
            f"SELECT key FROM pairs WHERE function = ? AND key >= ? {within} AND {_ALIVE} ORDER BY key LIMIT ?",
            (function, prefix, *bounds, _now_ms(), most),
        )
        return [key for (key,) in rows]

    def reap(self, most: int = REAPED_BY_WRITES) -> None:
        """Remove pairs that are over, the oldest first."""
        self._execute(
            "DELETE FROM pairs WHERE rowid IN (SELECT rowid FROM pairs WHERE until <= ? ORDER BY until LIMIT ?)",
            (_now_ms(), most),
        )

    def _put(self, function: str, key: bytes, value: bytes, until: int | None) -> None:
        if not self._fits(function, key, value):
            self.reap(REAPED_BY_NEED)
            if not self._fits(function, key, value):
                raise no_room()
        self._execute(
            "INSERT INTO pairs (function, key, value, until) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (function, key) DO UPDATE SET value = excluded.value, until = excluded.until",
            (function, key, value, until),
        )

    def _fits(self, function: str, key: bytes, value: bytes) -> bool:
        """Tell whether the function may have the pair; to have less than before is always well."""
        older = self._execute(
            "SELECT length(value) FROM pairs WHERE function = ? AND key = ?", (function, key)
        ).fetchone()
        keys, more = (1, len(key) + len(value)) if older is None else (0, len(value) - older[0])
        used = self._execute("SELECT keys, bytes FROM used WHERE function = ?", (function,)).fetchone()
        has_keys, has_bytes = used or (0, 0)
        return (not keys or has_keys < self._quota.keys) and (more <= 0 or has_bytes + more <= self._quota.bytes)


def _now_ms() -> int:
    return int(wall_clock() * 1000)
