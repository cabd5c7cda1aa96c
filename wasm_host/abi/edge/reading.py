"""What host functions read of a guest: every place and length is bounded before anything is allocated for it."""

from __future__ import annotations

from typing import Final

from wasm_host.functions.call import Call
from wasm_host.functions.hostcall import HostcallFailed

LONGEST_NAME_BYTES: Final = 256
LONGEST_URL_BYTES: Final = 8192


def data(call: Call, at: int, size: int, most: int, what: str) -> bytes:
    """Read bytes; raises HostcallFailed, or OutOfBounds."""
    if size > most:
        raise HostcallFailed("too_large", f"{what} of {size} bytes; {most} is the most")
    return call.memory.read_long(at, size)


def word(call: Call, at: int, size: int, most: int, what: str) -> bytes:
    """Read what must be there, and not at the null pointer; raises HostcallFailed, or OutOfBounds."""
    if not at or not size:
        raise HostcallFailed("invalid", f"no {what}")
    return data(call, at, size, most, what)


def text(call: Call, at: int, size: int, most: int, what: str) -> str:
    """Do what `word` does, for UTF-8."""
    raw = word(call, at, size, most, what)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise HostcallFailed("invalid", f"{what} that is not UTF-8") from error


def signed(number: int) -> int:
    """Return an i64 that may have come unsigned."""
    return number - 2**64 if number >= 2**63 else number


def number_bytes(number: int) -> bytes:
    return number.to_bytes(8, "little", signed=True)
