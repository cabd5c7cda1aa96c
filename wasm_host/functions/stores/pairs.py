"""The key-value store as the scopes see it: pairs of every function."""

from __future__ import annotations

from typing import Final, Protocol

from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.services import Soon

MOST_LISTED: Final = 10_000
"""Keys are of 256 bytes: so many are 2.5 MiB."""


class Pairs(Protocol):
    """`ttl_s` 0 is for good; a value that `increment` makes stays, one that it changes keeps its time."""

    def get(self, function: str, key: bytes) -> Soon[bytes | None]: ...
    def set(self, function: str, key: bytes, value: bytes, ttl_s: int) -> Soon[None]: ...
    def delete(self, function: str, key: bytes) -> Soon[bool]: ...
    def increment(self, function: str, key: bytes, by: int) -> Soon[int]: ...
    def compare_and_set(
        self, function: str, key: bytes, expected: bytes | None, value: bytes, ttl_s: int
    ) -> Soon[bool]: ...
    def keys(self, function: str, prefix: bytes, most: int) -> Soon[list[bytes]]: ...


def no_room() -> HostcallFailed:
    return HostcallFailed("over_budget", "the function has as many keys or bytes in the key-value store as it may")
