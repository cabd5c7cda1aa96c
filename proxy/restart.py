"""When a worker that ended is replaced, and when that is hopeless."""

from __future__ import annotations

from typing import Final

FIRST_WAIT_S: Final = 0.1
LONGEST_WAIT_S: Final = 5.0
WELL_AFTER_S: Final = 1.0
"""A worker that served so long was well: what ended it came later, and its end is the first again."""

STARTS_BEFORE_HOPELESS: Final = 3


class RestartPolicy:
    """Decides for one worker's place. Pure: it is told how long each worker served.

    `proven` says that workers were ready elsewhere, so that it is worth trying on here; it is `failing` where the last
    worker was never ready, or ended as soon as those before it.
    """

    def __init__(self, *, proven: bool = False) -> None:
        self._wait_s = 0.0
        self._failed_starts = 0
        self._proven = proven
        self.failing = False

    @property
    def hopeless(self) -> bool:
        """Whether no worker was ever ready, after as many starts as are worth trying."""
        return not self._proven and self._failed_starts >= STARTS_BEFORE_HOPELESS

    def wait_s(self, served_s: float | None) -> float:
        """Return how long to wait before the next start: nothing after a first end, then longer each time.

        `served_s` is None for a worker that was never ready.
        """
        if served_s is None:
            self._failed_starts += 1
        else:
            self._proven = True
            if served_s >= WELL_AFTER_S:
                self._wait_s = 0.0
        wait_s, self._wait_s = self._wait_s, min(max(self._wait_s * 2, FIRST_WAIT_S), LONGEST_WAIT_S)
        self.failing = served_s is None or wait_s > FIRST_WAIT_S
        return wait_s
