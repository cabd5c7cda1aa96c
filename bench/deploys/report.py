"""The result of bench.deploys: what was changed, how long that took, and what became of the requests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

from bench.deploys.run import ORIGIN_WAITS_MS, Change, Outcome
from bench.machine import describe
from bench.table import Grid, as_markdown, as_text

HOW: Final = (
    "Two workers, asked all the time by clients of each kind below that try nothing twice. A deploy uploads a module "
    "that is new, and a rollback points at a random one of those before; each version tells which it is. An answer of "
    "a version that was replaced before its request began, a deploy's call having returned, is a failure, and so are "
    f"every status but 200 and every broken connection. The functions that wait do so for {ORIGIN_WAITS_MS} ms in "
    "`http_get`, so that some of their calls are under way at each change."
)


@dataclass(frozen=True)
class Row:
    """All changes of a kind; `met` are the requests that were answered while one was under way."""

    what: str
    times: int
    median_ms: float
    most_ms: float
    met: int


@dataclass(frozen=True)
class Report:
    rows: Sequence[Row]
    asked: Mapping[str, int]
    failed: Mapping[str, int]
    wrong: int
    failures: Sequence[str]
    seconds: float
    machine: Mapping[str, str | int]
    date: str

    @classmethod
    def of(cls, outcome: Outcome) -> Report:
        kinds = dict.fromkeys(each.what for each in outcome.changes)
        return cls(
            rows=[row(kind, [each for each in outcome.changes if each.what == kind]) for kind in kinds],
            asked=dict(outcome.asked),
            failed=dict(Counter(each.kind for each in outcome.failures)),
            wrong=sum(each.seen == "wrong" for each in outcome.failures),
            failures=[str(each) for each in outcome.failures],
            seconds=outcome.seconds,
            machine=describe(),
            date=datetime.now(UTC).date().isoformat(),
        )

    @property
    def good(self) -> bool:
        return not self.failures

    def text(self) -> str:
        return "\n\n".join([as_text(self._changes(), left=1), as_text(self._requests(), left=1), self._conditions()])

    def markdown(self) -> str:
        verdict = (
            "No request failed, and none was answered by a version that had been replaced before it began: as asked."
            if self.good
            else f"{len(self.failures)} requests failed, {self.wrong} of them by a wrong answer; none was asked."
        )
        tables = [as_markdown(self._changes(), left=1), as_markdown(self._requests(), left=1)]
        return "\n\n".join(["# Deploys under load", verdict, HOW, *tables, f"{self._conditions()}."]) + "\n"

    def json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    def _changes(self) -> Grid:
        heading = ["", "times", "median ms", "most ms", "requests answered meanwhile"]
        return [
            heading,
            *([r.what, f"{r.times}", f"{r.median_ms:.0f}", f"{r.most_ms:.0f}", f"{r.met:,}"] for r in self.rows),
        ]

    def _requests(self) -> Grid:
        lines = [[kind, f"{count:,}", f"{self.failed.get(kind, 0):,}"] for kind, count in self.asked.items()]
        total = ["all", f"{sum(self.asked.values()):,}", f"{sum(self.failed.values()):,}"]
        return [["requests", "asked", "failed"], *lines, total]

    def _conditions(self) -> str:
        machine = f"{self.machine['cpu']}, {self.machine['cores']} cores, Linux {self.machine['kernel']}"
        return f"{self.seconds:.0f} s · Python {self.machine['python']} · {machine} · {self.date}"


def row(what: str, changes: Sequence[Change]) -> Row:
    taken_ms = [each.took_s * 1000 for each in changes]
    return Row(what, len(changes), median(taken_ms), max(taken_ms), sum(each.met for each in changes))


def store(report: Report, directory: Path) -> None:
    """Keep the result as deploys.json and deploys.md."""
    directory.mkdir(exist_ok=True)
    (directory / "deploys.json").write_text(report.json())
    (directory / "deploys.md").write_text(report.markdown())
