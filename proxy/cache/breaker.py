"""Decides when a backend in trouble is left alone, and when it is tried again."""

from __future__ import annotations

from typing import Final

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 5.0


class Breaker:
    """Open: the backend is not used but for probes. It begins open, and due: nothing is known of the backend yet.

    `failures` in a row open it, or one that proves that nobody is there. Probes come after pauses that double, each
    shortened by up to a half at random (`chance` in 0…1), lest all workers come at once.
    """

    def __init__(self, failures: int) -> None:
        self.is_open = True
        self.probe_at = 0.0
        self._failures = failures
        self._in_a_row = 0
        self._pause_s = FIRST_PAUSE_S

    def succeed(self) -> None:
        self._in_a_row = 0

    def fail(self, now: float, chance: float, *, at_once: bool) -> bool:
        """Count a failure; tell whether it opened the breaker."""
        self._in_a_row += 1
        if self.is_open or not (at_once or self._in_a_row >= self._failures):
            return False
        self.is_open = True
        self._pause_s = FIRST_PAUSE_S
        self.put_off(now, chance)
        return True

    def put_off(self, now: float, chance: float) -> None:
        """Plan the next probe, later each time."""
        self.probe_at = now + self._pause_s * (1 - chance / 2)
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def close(self) -> None:
        self.is_open = False
        self._in_a_row = 0
        self._pause_s = FIRST_PAUSE_S
