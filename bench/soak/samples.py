"""What each process of the proxy holds, looked at again and again: memory, descriptors, threads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.process import KIB, PROC
from bench.soak.slope import Slope, fit

LEAST_POINTS = 10
"""Fewer tell nothing of a slope."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at one process; `role` is `supervisor` or `worker`. `pss_bytes` counts what is shared in parts."""

    at_s: float
    pid: int
    role: str
    rss_bytes: int
    pss_bytes: int
    descriptors: int
    threads: int


def sample(pid: int, role: str, at_s: float) -> Sample | None:
    """Look at a process; None where it is gone."""
    place = PROC / str(pid)
    try:
        status, rollup = _values(place / "status"), _values(place / "smaps_rollup")
        descriptors = len(list((place / "fd").iterdir()))
        rss, pss, threads = status["VmRSS"] * KIB, rollup["Pss"] * KIB, status["Threads"]
    except (OSError, KeyError):
        return None
    return Sample(at_s, pid, role, rss, pss, descriptors, threads)


def _values(path: Path) -> Mapping[str, int]:
    """Read the lines of a file of /proc that are a name, a number and perhaps a unit."""
    words = (line.replace(":", " ").split() for line in path.read_text().splitlines())
    return {each[0]: int(each[1]) for each in words if len(each) in (2, 3) and each[1].isdigit()}


class Sampler:
    """Looks at the processes that `roles` names by pid, in every period."""

    def __init__(self, roles: Callable[[], Awaitable[Mapping[int, str]]], period_s: float) -> None:
        self._roles, self._period_s = roles, period_s
        self._started = time.monotonic()
        self.samples: list[Sample] = []

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._period_s)

    async def look(self) -> None:
        at_s = time.monotonic() - self._started
        looks = (sample(pid, role, at_s) for pid, role in (await self._roles()).items())
        self.samples += [look for look in looks if look is not None]


@dataclass(frozen=True, slots=True)
class Trend:
    """How a process went on once it was warm; sizes in bytes."""

    pid: int
    role: str
    from_s: float
    to_s: float
    rss: Slope
    pss: Slope
    descriptors: Slope
    most_descriptors: int


def trends(samples: Sequence[Sample], warm_s: float, own_warm_s: float) -> list[Trend]:
    """Return a trend for each process with enough samples after both the run and itself have become warm."""
    found = []
    for pid in dict.fromkeys(each.pid for each in samples):
        own = [each for each in samples if each.pid == pid]
        warm = [each for each in own if each.at_s >= max(warm_s, own[0].at_s + own_warm_s)]
        if len(warm) >= LEAST_POINTS:
            found.append(_trend(warm))
    return found


def _trend(warm: Sequence[Sample]) -> Trend:
    return Trend(
        pid=warm[0].pid,
        role=warm[0].role,
        from_s=warm[0].at_s,
        to_s=warm[-1].at_s,
        rss=fit([(each.at_s, each.rss_bytes) for each in warm]),
        pss=fit([(each.at_s, each.pss_bytes) for each in warm]),
        descriptors=fit([(each.at_s, each.descriptors) for each in warm]),
        most_descriptors=max(each.descriptors for each in warm),
    )
