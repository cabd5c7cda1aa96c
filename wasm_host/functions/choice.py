"""Which of two versions a request meets."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

WHOLE: Final = 100.0


def point_of(key: bytes, salt: bytes) -> float:
    """Return where in [0, 100) a key lies, always the same; another `salt` puts it elsewhere."""
    digest = blake2b(key, digest_size=7, key=blake2b(salt).digest()).digest()
    return int.from_bytes(digest, "big") * WHOLE / 2**56


def chosen(percents: Sequence[float], point: float) -> int:
    """Return the number of the share that a point lies in, one behind the other.

    A share that grows takes from those beside it and gives to none: of two, points move one way only.
    """
    end = 0.0
    for number, percent in enumerate(percents):
        end += percent
        if point < end:
            return number
    return len(percents) - 1
