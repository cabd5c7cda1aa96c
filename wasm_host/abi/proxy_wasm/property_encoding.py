"""How properties are encoded, and what they are read from.

Texts are raw bytes, numbers and times 8 bytes little-endian (times in nanoseconds), booleans one byte, maps serialised
pairs: so Envoy writes the values of its expression language for guests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Final, Protocol, TypeAlias

from proxy.exchange import Exchange
from proxy.messages import Response


class View(Protocol):
    """The exchange that is asked about.

    `announced_bytes` is the length that its request's body was said to have, 0 where it was not; `properties` are what
    guests have set, by their paths.
    """

    @property
    def exchange(self) -> Exchange: ...
    @property
    def response(self) -> Response | None: ...
    @property
    def announced_bytes(self) -> int: ...
    @property
    def properties(self) -> Mapping[bytes, bytes]: ...


Reader: TypeAlias = Callable[[View], bytes | None]
"""Returns a property's value, None where there is none (now)."""

int64: Final = Struct("<q").pack
FALSE: Final = b"\0"
TRUE: Final = b"\1"
NO_MESSAGE: Final = b""
"""A Protobuf message of which no field is set."""


def text(value: str) -> bytes:
    return value.encode("latin-1", "replace")


def nanoseconds(seconds: float) -> bytes:
    return int64(int(seconds * 1_000_000_000))


def place(address: str, port: int) -> bytes:
    return text(f"[{address}]:{port}" if ":" in address else f"{address}:{port}")


def under(parent: str, readers: Mapping[str, Reader]) -> dict[bytes, Reader]:
    """Return readers by their whole paths, whose segments are joined by NUL."""
    return {f"{parent}\0{name}".encode(): read for name, read in readers.items()}
