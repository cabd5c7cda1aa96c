"""The generic cell rate algorithm (ITU-T I.371, Annex A, virtual scheduling), in whole nanoseconds.

One number is kept for each key: the theoretical arrival time, when everything taken so far will have been earned
again. It equals a bucket of `burst` units that gains one each interval.
"""

from __future__ import annotations

from typing import NamedTuple


class Taking(NamedTuple):
    """What came of asking for one unit.

    `due_ns` is the new theoretical arrival time, `remaining` the whole units left, `next_ns` the time until there is
    one more: after a refusal, when to come again.
    """

    allowed: bool
    due_ns: int
    remaining: int
    next_ns: int


class Gcra:
    """`interval_ns` to earn one unit, and how many may be taken at once."""

    __slots__ = ("_interval_ns", "window_ns")

    def __init__(self, interval_ns: int, burst: int) -> None:
        self._interval_ns = interval_ns
        self.window_ns = interval_ns * burst

    def take(self, due_ns: int, now_ns: int) -> Taking:
        due_ns = max(due_ns, now_ns)
        interval_ns = self._interval_ns
        credit_ns = self.window_ns - (due_ns - now_ns)
        if credit_ns < interval_ns:
            return Taking(False, due_ns, 0, interval_ns - credit_ns)
        credit_ns -= interval_ns
        return Taking(True, due_ns + interval_ns, credit_ns // interval_ns, interval_ns - credit_ns % interval_ns)
