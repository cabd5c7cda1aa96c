"""How a host call fails: with a word of a fixed set, for the guest, the metrics and the audit log."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

Reason: TypeAlias = Literal[
    "not_allowed",
    "invalid",
    "too_large",
    "private_address",
    "over_budget",
    "timeout",
    "unavailable",
    "failed",
]
"""`not_allowed`: the function's `allow` does not name it. `over_budget`: too many calls, or too many at once."""

REASONS: Final = get_args(Reason)

DENIED: Final = frozenset({"not_allowed", "private_address", "over_budget"})
"""What goes into the audit log: a function tried what it may not."""


class HostcallFailed(Exception):
    """`text` is for logs; a guest is told a number."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason: Reason = reason
