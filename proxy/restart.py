"""When a worker that ended is replaced, and when that is hopeless."""

from __future__ import annotations

from typing import Final

FIRST_WAIT_S: Final = 0.1
LONGEST_WAIT_S: Final = 5.0
WELL_AFTER_S: Final = 10.0
"""A worker that lived so long was well; its end is the first again."""

STARTS_BEFORE_HOPELESS: Final = 3


class RestartPolicy:
    """Decides for one worker's place. Pure: it is told how long each worker lived."""

    def __init__(self) -> None:
        self._wait_s = 0.0
        self._failed_starts = 0
        self._was_ever_ready = False

    @property
    def hopeless(self) -> bool:
        """Whether no worker was ever ready here, after as many starts as are worth trying.

        Once one was, others may be serving, so this place tries on.
        """
        return not self._was_ever_ready and self._failed_starts >= STARTS_BEFORE_HOPELESS

    def wait_s(self, lived_s: float, was_ready: bool) -> float:
        """Return how long to wait before the next start: nothing after a first end, then longer each time."""
        self._was_ever_ready |= was_ready
        self._failed_starts += not was_ready
        if was_ready and lived_s >= WELL_AFTER_S:
            self._wait_s = 0.0
        wait_s, self._wait_s = self._wait_s, min(max(self._wait_s * 2, FIRST_WAIT_S), LONGEST_WAIT_S)
        return wait_s
