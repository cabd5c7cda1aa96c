"""What was measured: a line for each rule set and kind of traffic, with the ratio that has to stay small."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

from bench.machine import describe
from bench.table import Grid, as_markdown, as_text
from bench.waf.cost.load import CONNECTIONS
from bench.waf.cost.measure import Plan, Sample
from bench.waf.cost.traffic import TRAFFIC
from bench.waf.servers import ModSecurity, Penstock

MOST_TIMES: Final = 0.25
"""Of the reference's CPU time."""
TITLES: Final = {traffic.name: traffic.title for traffic in TRAFFIC}

HOW: Final = (
    "CPU time of the whole proxy with its WAF, all its processes, divided by the requests it answered: nginx with "
    "ModSecurity 3 and Penstock, with the same rules at paranoia level 1, one worker each, in front of the same origin "
    "(nginx). Every request is let through. Ratios are medians of the rounds' ratios. Where *values differ*, each "
    "value of each request does."
)


@dataclass(frozen=True)
class Row:
    """Medians over the rounds, in µs per request; nothing of Penstock where the reference was measured alone."""

    rules: str
    traffic: str
    reference_us: float
    ours_us: float | None
    times: float | None


@dataclass(frozen=True)
class Report:
    rows: Sequence[Row]
    samples: Sequence[Sample]
    versions: dict[str, str]
    machine: dict[str, str | int]
    date: str
    runs: int
    seconds: float

    @classmethod
    def of(cls, samples: Sequence[Sample], plan: Plan) -> Report:
        return cls(
            rows=summarise(samples),
            samples=samples,
            versions={server.title: server.version() for server in plan.servers(plan.rules[0])},
            machine=describe(),
            date=datetime.now(UTC).date().isoformat(),
            runs=plan.runs,
            seconds=plan.seconds,
        )

    @property
    def good(self) -> bool:
        return all(row.times is None or row.times < MOST_TIMES for row in self.rows)

    def text(self) -> str:
        return "\n".join([as_text(self._grid()), "", *self._conditions()])

    def markdown(self) -> str:
        conditions = " ".join(f"{line}." for line in self._conditions())
        return "\n\n".join(["# What the WAF costs", HOW, as_markdown(self._grid()), conditions]) + "\n"

    def json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    def _grid(self) -> Grid:
        heading = ["rules", "traffic", ModSecurity.title, Penstock.title, f"× (below {MOST_TIMES})"]
        return [heading, *(cells(row) for row in self.rows)]

    def _conditions(self) -> list[str]:
        versions = ", ".join(f"{title} {version}" for title, version in self.versions.items())
        machine = f"{self.machine['cpu']}, {self.machine['cores']} cores, Linux {self.machine['kernel']}"
        return [
            f"CPU µs per request; {CONNECTIONS} kept connections, medians of {self.runs} interleaved runs "
            f"of {self.seconds:g} s",
            f"{versions} · {machine} · {self.date}",
        ]


def cells(row: Row) -> list[str]:
    ours = "–" if row.ours_us is None else f"{row.ours_us:.0f}"
    times = "–" if row.times is None else f"{row.times:.3f}"
    return [row.rules, TITLES[row.traffic], f"{row.reference_us:.0f}", ours, times]


def summarise(samples: Sequence[Sample]) -> list[Row]:
    pairs = dict.fromkeys((sample.rules, sample.traffic) for sample in samples)
    return [
        row(rules, traffic, [each for each in samples if (each.rules, each.traffic) == (rules, traffic)])
        for rules, traffic in pairs
    ]


def row(rules: str, traffic: str, samples: Sequence[Sample]) -> Row:
    """Make a row of one rule set's samples of one traffic."""
    reference = cpu_us(samples, ModSecurity.name)
    ours = cpu_us(samples, Penstock.name)
    times = [ours[at] / reference[at] for at in ours]
    return Row(
        rules=rules,
        traffic=traffic,
        reference_us=median(reference.values()),
        ours_us=median(ours.values()) if ours else None,
        times=median(times) if times else None,
    )


def cpu_us(samples: Sequence[Sample], server: str) -> dict[int, float]:
    """Return a server's µs by round."""
    return {sample.round: sample.cpu_us for sample in samples if sample.server == server}


def store(report: Report, directory: Path) -> None:
    """Keep the result as waf.json and waf.md."""
    directory.mkdir(exist_ok=True)
    (directory / "waf.json").write_text(report.json())
    (directory / "waf.md").write_text(report.markdown())
