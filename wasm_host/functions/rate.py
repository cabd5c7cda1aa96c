"""How many calls a second a function takes in a worker."""

from __future__ import annotations

from typing import Final

_ROUNDING_S: Final = 1e-6


class Rate:
    """Lets `rate` calls a second through, a second's worth of them at once; 0 is without a limit.

    Kept as the time at which all that was let through would be used up (GCRA, ITU-T I.371).
    """

    __slots__ = ("_interval_s", "_used_until")

    def __init__(self, rate: float) -> None:
        self._interval_s = 1 / rate if rate else 0.0
        self._used_until = 0.0

    def lets_through(self, now: float) -> bool:
        if not self._interval_s:
            return True
        used_until = max(self._used_until, now) + self._interval_s
        if used_until > now + max(1.0, self._interval_s) + _ROUNDING_S:
            return False
        self._used_until = used_until
        return True
