"""Data that is written where a guest makes room for it, and what a guest answers: read, and never trusted."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from proxy.errors import GuestOutOfMemory, GuestTrap
from wasm_host.memory import Memory

Allocate: TypeAlias = Callable[[int], Awaitable[int]]
"""A guest's allocator, from a size in bytes to a place."""


class BadAnswer(GuestTrap):
    """What a guest answered is not of the form that its ABI has; nothing can be made of it."""

    reason = "bad_answer"


async def handed_over(memory: Memory, allocate: Allocate, data: bytes) -> int:
    """Write data where the guest makes room for it; returns the place. Raises GuestError.

    An allocator's null pointer says that there is no room; for nothing at all any place will do.
    """
    place = await allocate(len(data))
    if data and not place:
        raise GuestOutOfMemory(f"its allocator has no room for {len(data)} bytes")
    memory.write(place, data)
    return place


def read_u32(memory: Memory, place: int) -> int:
    return int.from_bytes(memory.read(place, 4), "little")


def read_json(text: bytes) -> Any:
    """Read what a guest says is JSON; raises BadAnswer."""
    try:
        return strict_json(text.decode())
    except RecursionError:
        raise BadAnswer("its answer is nested too deeply") from None
    except ValueError as error:
        raise BadAnswer(f"its answer is no JSON: {error}") from None


def strict_json(text: str) -> Any:
    """Read JSON as RFC 8259 has it; raises ValueError, also for Python's own NaN and infinities, or RecursionError."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON's")
