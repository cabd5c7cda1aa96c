"""How long to leave a guest that fails alone. Pure: the caller brings the time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """So many failures are free; each further one doubles the wait. All are forgotten after `forget_s` without one."""

    free: int
    first_s: float
    most_s: float
    forget_s: float


class Backoff:
    """Counts failures; `until` is when the next try may be made."""

    __slots__ = ("_last", "_patience", "failures", "until")

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self.failures = 0
        self._last = self.until = float("-inf")

    def failed(self, now: float) -> None:
        patience = self._patience
        if now - self._last > patience.forget_s:
            self.failures = 0
        self.failures += 1
        self._last = now
        over = self.failures - patience.free
        if over > 0:
            # The exponent is bounded, for 2.0 ** 2000 is an error.
            self.until = now + min(patience.most_s, patience.first_s * 2.0 ** min(over - 1, 64))
