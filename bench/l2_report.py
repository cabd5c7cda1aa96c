"""The result of bench.cache_l2: latency and CPU time of each row, and what the cache's decisions take in process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from bench.table import Grid, as_markdown, as_text
from bench.timing import Timing

MOST_P50_MS = 1.0

HOW = (
    "Each row is asked for many URLs in turn, about as often a second as it says, over 32 kept connections; medians "
    "of interleaved runs. The memory of the Penstock that asks Redis holds less than a twentieth of what is asked, and "
    "it is checked that each request asked Redis and none the origin. CPU time is that of "
    "Penstock with its supervisor, and of Redis, for one request: more than in saturated runs of `python -m bench`, "
    "for a process that sleeps between requests is woken for each."
)


@dataclass(frozen=True)
class Sample:
    """One run of one row. CPU times are per request; `redis_us` is None where no Redis is asked."""

    title: str
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    redis_us: float | None
    limit_ms: float | None


@dataclass(frozen=True)
class Report:
    samples: Sequence[Sample]
    timings: Sequence[Timing]
    machine: dict[str, str | int]

    def rows(self) -> list[Sample]:
        """Return the median of each row's runs."""
        return [middle(each for each in self.samples if each.title == title) for title in self._titles()]

    def missed(self) -> list[str]:
        """Name what took longer than it was asked to."""
        slow = [row.title for row in self.rows() if row.limit_ms is not None and row.p50_ms >= row.limit_ms]
        return slow + [each.title for each in self.timings if each.limit_us is not None and each.us >= each.limit_us]

    def text(self) -> str:
        return f"{as_text(self._latencies(), left=1)}\n\n{as_text(self._decisions(), left=1)}"

    def markdown(self) -> str:
        said = f"Python {self.machine['python']} · {self.machine['cpu']}, Linux {self.machine['kernel']}."
        tables = [as_markdown(self._latencies(), left=1), as_markdown(self._decisions(), left=1)]
        return "\n\n".join([tables[0], HOW, tables[1], said]) + "\n"

    def json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    def _titles(self) -> list[str]:
        return list(dict.fromkeys(sample.title for sample in self.samples))

    def _latencies(self) -> Grid:
        heading = ["", "requests/s", "p50 ms", "asked", "p99 ms", "CPU µs", "Redis CPU µs"]
        return [heading, *(line(row) for row in self.rows())]

    def _decisions(self) -> Grid:
        return [
            ["in process", "µs", "asked"],
            *([each.title, f"{each.us:.2f}", limit(each.limit_us)] for each in self.timings),
        ]


def middle(samples: Iterable[Sample]) -> Sample:
    own = list(samples)
    redis_us = [sample.redis_us for sample in own if sample.redis_us is not None]
    return Sample(
        title=own[0].title,
        per_second=median(sample.per_second for sample in own),
        p50_ms=median(sample.p50_ms for sample in own),
        p99_ms=median(sample.p99_ms for sample in own),
        cpu_us=median(sample.cpu_us for sample in own),
        redis_us=median(redis_us) if redis_us else None,
        limit_ms=own[0].limit_ms,
    )


def line(row: Sample) -> list[str]:
    redis_us = "–" if row.redis_us is None else f"{row.redis_us:.0f}"
    times = [f"{row.p50_ms:.2f}", limit(row.limit_ms), f"{row.p99_ms:.2f}"]
    return [row.title, f"{row.per_second:,.0f}", *times, f"{row.cpu_us:.0f}", redis_us]


def limit(value: float | None) -> str:
    return "" if value is None else f"< {value:g}"


def store(report: Report, directory: Path) -> None:
    """Keep the result as cache_l2.json and cache_l2.md."""
    directory.mkdir(exist_ok=True)
    (directory / "cache_l2.json").write_text(report.json())
    (directory / "cache_l2.md").write_text(report.markdown())
