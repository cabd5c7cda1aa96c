"""Counters as they are stored: decimal text, of 64 bits, in the one form that Redis takes and gives. Pure."""

from __future__ import annotations

import re
from typing import Final

from wasm_host.functions.hostcall import HostcallFailed

LEAST: Final = -(2**63)
MOST: Final = 2**63 - 1

_INTEGER: Final = re.compile(rb"0|-?[1-9][0-9]{0,18}")


def added(value: bytes | None, by: int) -> int:
    """Add to a stored value, None counting as 0; raises HostcallFailed for what is no number, or too large a sum."""
    if value is not None and not _INTEGER.fullmatch(value):
        raise not_a_number()
    before = 0 if value is None else int(value)
    if not (LEAST <= before <= MOST and LEAST <= before + by <= MOST):
        raise not_a_number()
    return before + by


def not_a_number() -> HostcallFailed:
    return HostcallFailed("invalid", "what is stored is no whole number of 64 bits, or the sum would be none")
