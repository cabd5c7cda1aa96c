"""What guests of one worker remember together: values by key, with compare-and-swap (Proxy-Wasm 0.2.1, "Shared data").

Pure: nothing here waits, and what was put in lasts as long as the worker, beyond any guest.
"""

from __future__ import annotations

from typing import Final

from wasm_host.abi.proxy_wasm.numbers import OK, Status

MOST_KEY_BYTES: Final = 1024
MOST_BYTES: Final = 16 * 1024 * 1024
"""Of one VM id, keys and values together. Guests often make keys of what clients send, so it has to end somewhere."""

_ENTRY_BYTES: Final = 256
"""What an entry costs besides its bytes."""
_TOKENS: Final = 0xFFFF_FFFF


class SharedData:
    """The values of every VM id. A full one forgets what nobody has read or written for the longest time.

    A guest has to expect an absent key anyway, for each worker begins with none; but SDKs end their guest at any
    status of `set` that is neither OK nor CAS_MISMATCH, so that is what an oversized value gets.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._of_vm: dict[str, _Values] = {}
        self._last_token = 0

    def get(self, vm_id: str, key: bytes) -> tuple[bytes, int] | None:
        """Return a value and the token to swap it by, which is never 0."""
        values = self._of_vm.get(vm_id)
        return None if values is None else values.find(key)

    def set(self, vm_id: str, key: bytes, value: bytes, token: int) -> int:
        """Keep a value unless its token has changed; a token of 0, or an absent key, asks for nothing (as in Envoy)."""
        values = self._of_vm.setdefault(vm_id, _Values())
        found = values.find(key)
        if found is not None and token not in (0, found[1]):
            return Status.CAS_MISMATCH
        if len(key) > MOST_KEY_BYTES or _cost(key, value) > self._most_bytes:
            return Status.CAS_MISMATCH
        self._last_token = self._last_token % _TOKENS + 1
        values.put(key, value, self._last_token)
        values.shrink(self._most_bytes)
        return OK


class _Values:
    """The entries of one VM id, the least recently used one first."""

    __slots__ = ("_bytes", "_entries")

    def __init__(self) -> None:
        self._entries: dict[bytes, tuple[bytes, int]] = {}
        self._bytes = 0

    def find(self, key: bytes) -> tuple[bytes, int] | None:
        found = self._entries.pop(key, None)
        if found is not None:
            self._entries[key] = found
        return found

    def put(self, key: bytes, value: bytes, token: int) -> None:
        self._drop(key)
        self._entries[key] = (value, token)
        self._bytes += _cost(key, value)

    def shrink(self, most_bytes: int) -> None:
        while self._bytes > most_bytes:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: bytes) -> None:
        found = self._entries.pop(key, None)
        if found is not None:
            self._bytes -= _cost(key, found[0])


def _cost(key: bytes, value: bytes) -> int:
    return len(key) + len(value) + _ENTRY_BYTES
