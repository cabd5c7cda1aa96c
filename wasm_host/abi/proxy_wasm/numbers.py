"""The numbers of the ABI (Proxy-Wasm 0.2.1, "Types")."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Status(IntEnum):
    """What a host function answers."""

    OK = 0
    NOT_FOUND = 1
    BAD_ARGUMENT = 2
    SERIALIZATION_FAILURE = 3
    PARSE_FAILURE = 4
    INVALID_MEMORY_ACCESS = 6
    EMPTY = 7
    CAS_MISMATCH = 8
    INTERNAL_FAILURE = 10
    UNIMPLEMENTED = 12


class MapKind(IntEnum):
    REQUEST_HEADERS = 0
    REQUEST_TRAILERS = 1
    RESPONSE_HEADERS = 2
    RESPONSE_TRAILERS = 3
    GRPC_INITIAL_METADATA = 4
    GRPC_TRAILING_METADATA = 5
    CALL_HEADERS = 6
    CALL_TRAILERS = 7


class BufferKind(IntEnum):
    REQUEST_BODY = 0
    RESPONSE_BODY = 1
    DOWNSTREAM_DATA = 2
    UPSTREAM_DATA = 3
    CALL_BODY = 4
    GRPC_MESSAGE = 5
    VM_CONFIGURATION = 6
    PLUGIN_CONFIGURATION = 7
    FOREIGN_ARGUMENTS = 8


class StreamKind(IntEnum):
    REQUEST = 0
    RESPONSE = 1
    DOWNSTREAM = 2
    UPSTREAM = 3


class MetricKind(IntEnum):
    COUNTER = 0
    GAUGE = 1
    HISTOGRAM = 2


CONTINUE: Final = 0
"""What a callback returns to go on; every other number pauses, for SDKs know finer ones."""

OK: Final = 0
NOT_FOUND: Final = 1
"""As plain ints, for functions that are called often: an IntEnum's member costs 30 ns more to hand to C."""
REQUEST_HEADERS: Final = 0
RESPONSE_HEADERS: Final = 2
"""Likewise: asking an enumeration for its member costs 50 ns, several times a callback."""
