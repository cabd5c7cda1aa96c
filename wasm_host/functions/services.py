"""What a function's guests reach beyond their own memory: one set for each version, already scoped to what it may.

Each method returns its answer at once where it has it, else an awaitable for it. All raise HostcallFailed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from proxy.exchange import Exchange
from proxy.runtime import wall_clock

T = TypeVar("T")
Soon: TypeAlias = T | Awaitable[T]


class Cache(Protocol):
    """Values that may be lost at any time; a value's life is `ttl_s` at most, which is never 0."""

    def get(self, key: bytes) -> Soon[bytes | None]: ...
    def set(self, key: bytes, value: bytes, ttl_s: int) -> Soon[None]: ...
    def delete(self, key: bytes) -> Soon[bool]: ...
    def increment(self, key: bytes, by: int, ttl_s: int) -> Soon[int]: ...


class KeyValues(Protocol):
    """Values that stay; `ttl_s` 0 is for good. `expected` None is for a key that must not be there."""

    def get(self, key: bytes) -> Soon[bytes | None]: ...
    def set(self, key: bytes, value: bytes, ttl_s: int) -> Soon[None]: ...
    def delete(self, key: bytes) -> Soon[bool]: ...
    def increment(self, key: bytes, by: int) -> Soon[int]: ...
    def compare_and_set(self, key: bytes, expected: bytes | None, value: bytes, ttl_s: int) -> Soon[bool]: ...
    def keys(self, prefix: bytes, most: int) -> Soon[list[bytes]]: ...


class RateLimits(Protocol):
    def take(self, key: bytes, most: int, window_s: int) -> Soon[bool]:
        """Tell whether there is room for one more in this window, and take it."""
        ...


@dataclass(frozen=True, slots=True)
class HttpAsk:
    """A request of a function; `url` is absolute, for a sub-request a path and query. `timeout_s` None is the limit."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


class Http(Protocol):
    def fetch(self, ask: HttpAsk) -> Awaitable[HttpAnswer]:
        """Send a request, and read all of its answer. Each call checks the host, its addresses, and every redirect."""
        ...


class Subrequests(Protocol):
    def fetch(self, exchange: Exchange, ask: HttpAsk) -> Awaitable[HttpAnswer]:
        """Let the routes of this proxy answer, on behalf of an exchange."""
        ...


class FunctionMetrics(Protocol):
    def add(self, name: str, by: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """None is what the function may not use. `wall_clock` tells seconds since the epoch."""

    cache: Cache | None = None
    kv: KeyValues | None = None
    rate_limits: RateLimits | None = None
    http: Http | None = None
    subrequests: Subrequests | None = None
    metrics: FunctionMetrics | None = None
    wall_clock: Callable[[], float] = wall_clock
