"""What a guest may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

OnBodyOverflow: TypeAlias = Literal["reject", "skip", "truncate"]


@dataclass(frozen=True, slots=True)
class GuestLimits:
    """The limits of one filter's guests; times are seconds of wall time, because epochs measure that.

    `call_time_s` is for one call, `request_time_s` for all calls of one exchange, `pause_s` for a pause that nothing
    ends. `instances` are those of `per_request` alive at once. `start_time_s` is for each call of a Proxy-Wasm guest's
    start, None as for any other.
    """

    memory_bytes: int = 64 * 1024 * 1024
    table_elements: int = 10_000
    call_time_s: float = 0.05
    request_time_s: float = 0.5
    body_bytes: int = 1024 * 1024
    on_body_overflow: OnBodyOverflow = "reject"
    instances: int = 64
    pause_s: float = 30.0
    start_time_s: float | None = None


OF_JUDGES: Final = GuestLimits(memory_bytes=10 * 1024 * 1024, call_time_s=0.01)
"""What WAF modules and bot detectors get by default. `call_time_s` is CPU time there, for allocator and answer."""
