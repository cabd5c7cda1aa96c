"""Times of small calls, taken in rounds over all of them: what drifts between rounds cancels in their ratios."""

from __future__ import annotations

import gc
import timeit
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

MIN_TIME_S = 0.01
"""How long a call is repeated in one round."""


@dataclass(frozen=True)
class Case:
    """Something to time; `per` is how many of the named thing one call does.

    `bare` is a call whose time is taken away, measured beside it; `limit_us` what it is asked to stay under.
    """

    title: str
    call: Callable[[], object]
    per: int = 1
    bare: Callable[[], object] | None = None
    limit_us: float | None = None


@dataclass(frozen=True)
class Timing:
    """One case: the median of its rounds, and the medians of the rounds' ratios to the references."""

    title: str
    us: float
    ratios: dict[str, float]
    limit_us: float | None


def measure(cases: Sequence[Case], references: Mapping[str, str], rounds: int) -> list[Timing]:
    """Time all cases, round after round; `references` are titles of cases that all are compared with, by a label."""
    stopwatches = [Stopwatch(case) for case in cases]
    taken = [{each.title: each.take_us() for each in stopwatches} for _ in range(rounds)]
    return summarise(cases, taken, references)


def summarise(
    cases: Sequence[Case], taken: Sequence[Mapping[str, float]], references: Mapping[str, str]
) -> list[Timing]:
    """Make the timings out of each round's µs by title."""
    return [
        Timing(
            title=case.title,
            us=median(round_[case.title] for round_ in taken),
            ratios={
                label: median(round_[case.title] / round_[title] for round_ in taken)
                for label, title in references.items()
            },
            limit_us=case.limit_us,
        )
        for case in cases
    ]


class Stopwatch:
    """Takes one case's time, again and again, by as many calls as fill MIN_TIME_S."""

    def __init__(self, case: Case) -> None:
        self.title = case.title
        self._per = case.per
        # timeit turns the collector off: what leaves cycles behind would seem cheaper than it is.
        self._timers = [timeit.Timer(call, gc.enable) for call in (case.call, case.bare) if call is not None]
        number, seconds = self._timers[0].autorange()
        self._number = max(1, round(number * MIN_TIME_S / seconds))

    def take_us(self) -> float:
        """Return the µs of the named thing, without the bare call's."""
        seconds, *bare_s = [timer.timeit(self._number) for timer in self._timers]
        return (seconds - sum(bare_s)) / self._number / self._per * 1e6
