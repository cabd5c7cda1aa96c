"""A whole result: what was measured, where, with which versions, and its forms on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.chart import draw
from bench.machine import describe
from bench.measure import Absence, Plan, Sample
from bench.peers import PEERS
from bench.summary import Addition, Row, additions, summarise
from bench.table import as_markdown, as_text, grid
from bench.works import CONNECTIONS, WORKS

WORK_TITLES = {work.name: work.title for work in WORKS}
PEER_TITLES = {peer.name: peer.title for peer in PEERS}

HOW = (
    "CPU time is that of the proxy with all its threads and processes, divided by the requests it answered. Each "
    "proxy has one worker and a core to itself; the origin (nginx) and wrk share the rest, so where `core busy` is "
    "well under 100% they were the limit of requests/s. Ratios are of CPU time, medians of the rounds' ratios."
)


@dataclass(frozen=True)
class Report:
    samples: Sequence[Sample]
    absences: Sequence[Absence]
    rows: Sequence[Row]
    additions: Sequence[Addition]
    versions: dict[str, str]
    missing: dict[str, str]
    machine: dict[str, str | int]
    date: str
    runs: int
    seconds: float

    @classmethod
    def of(cls, samples: Sequence[Sample], plan: Plan, versions: dict[str, str], missing: dict[str, str]) -> Report:
        return cls(
            samples=samples,
            absences=plan.absences(),
            rows=summarise(samples),
            additions=additions(samples, plan.works),
            versions=versions,
            missing=missing,
            machine=describe(),
            date=datetime.now(UTC).date().isoformat(),
            runs=plan.runs,
            seconds=plan.seconds,
        )

    def conditions(self) -> list[str]:
        """Return two lines: how it was measured, and what on which machine."""
        versions = ", ".join(f"{title} {version}" for title, version in self.versions.items())
        machine = f"{self.machine['cpu']}, {self.machine['cores']} cores, Linux {self.machine['kernel']}"
        return [
            f"{CONNECTIONS} kept connections, one worker each, medians of {self.runs} interleaved runs "
            f"of {self.seconds:g} s",
            f"{versions} · {machine} · {self.date}",
        ]

    def text(self) -> str:
        return "\n".join([as_text(self._grid()), "", *self._added(), *self.conditions(), *self._missing()])

    def markdown(self) -> str:
        notes = " ".join(f"{line}." for line in [*self._added(), *self.conditions(), *self._missing()])
        return f"{as_markdown(self._grid())}\n\n{notes}\n\n{HOW}\n"

    def svg(self) -> str:
        return draw(self.rows, WORK_TITLES, PEER_TITLES, self.conditions())

    def json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    def _grid(self) -> list[list[str]]:
        return grid(self.rows, self.absences, WORK_TITLES, PEER_TITLES)

    def _added(self) -> list[str]:
        """Return a line for each work that has a base: what it adds to that."""
        pairs = dict.fromkeys((each.work, each.base) for each in self.additions)
        return [f"Work `{work}` adds to `{base}`: {self._added_by(work)} of CPU time" for work, base in pairs]

    def _added_by(self, work: str) -> str:
        added = [each for each in self.additions if each.work == work]
        return ", ".join(f"{PEER_TITLES[each.peer]} {each.cpu_us:.1f} µs" for each in added)

    def _missing(self) -> list[str]:
        return [f"Not measured: {title} ({why})" for title, why in self.missing.items()]


def store(report: Report, directory: Path, name: str) -> None:
    """Keep the result as JSON, Markdown and SVG."""
    directory.mkdir(exist_ok=True)
    (directory / f"{name}.json").write_text(report.json())
    (directory / f"{name}.md").write_text(report.markdown())
    (directory / f"{name}.svg").write_text(report.svg())
