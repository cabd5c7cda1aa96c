"""The result of the disturbances: what befell the proxy, and what became of the requests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.load.disturbances import Happened
from bench.load.disturbed import Outcome
from bench.machine import describe
from bench.table import Grid, as_markdown, as_text

HOW: Final = (
    "Two workers, asked all the time by clients of each kind below that try nothing twice. At each disturbance an "
    "upload is half read, a WebSocket is open, and a worker is stopped until connections wait in its queues. A kept "
    "connection may be closed with `Connection: close`, or while nothing is asked on it; a connection that is refused, "
    "reset or cut, a wrong answer, or one by a configuration that was replaced before the request began is a failure. "
    "What a killed worker held is known, for it stands still when it is killed: a request counts as lost with it if "
    "its connection was among those, else as failed."
)


@dataclass(frozen=True)
class Row:
    """All disturbances of a kind; `under_way`, `queued`, `half_read` and `websockets` are sums over their moments."""

    what: str
    times: int
    under_way: int
    queued: int
    half_read: int
    websockets: int
    held: int
    lost: int
    failed: int


@dataclass(frozen=True)
class Report:
    rows: Sequence[Row]
    asked: Mapping[str, int]
    lost: Mapping[str, int]
    failed: Mapping[str, int]
    failures: Sequence[str]
    seen: Mapping[str, int]
    seconds: float
    machine: Mapping[str, str | int]
    date: str

    @classmethod
    def of(cls, outcome: Outcome) -> Report:
        return cls(
            rows=summarise(outcome),
            asked=dict(outcome.asked),
            lost=dict(Counter(each.kind for each in outcome.lost)),
            failed=dict(Counter(each.kind for each in outcome.failures)),
            failures=[str(each) for each in outcome.failures],
            seen=dict(outcome.seen),
            seconds=outcome.seconds,
            machine=describe(),
            date=datetime.now(UTC).date().isoformat(),
        )

    @property
    def good(self) -> bool:
        return not self.failures

    def text(self) -> str:
        return "\n\n".join([as_text(self._events(), left=1), as_text(self._requests(), left=1), self._conditions()])

    def markdown(self) -> str:
        verdict = "No request failed." if self.good else f"{len(self.failures)} requests failed."
        tables = [as_markdown(self._events(), left=1), as_markdown(self._requests(), left=1)]
        return "\n\n".join(["# Nothing is dropped", verdict, HOW, *tables, f"{self._conditions()}."]) + "\n"

    def json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    def _events(self) -> Grid:
        heading = ["", "times", "requests under way", "queued", "uploads half read", "WebSockets open"]
        heading += ["held by the killed", "lost of these", "failed"]
        return [heading, *([row.what, *map(str, list(asdict(row).values())[1:])] for row in self.rows)]

    def _requests(self) -> Grid:
        heading = ["requests", "asked", "lost with a killed worker", "failed"]
        lines = [[kind, count, self.lost.get(kind, 0), self.failed.get(kind, 0)] for kind, count in self.asked.items()]
        total = ["all", *(sum(counts.values()) for counts in (self.asked, self.lost, self.failed))]
        return [heading, *([str(line[0]), *(f"{number:,}" for number in line[1:])] for line in [*lines, total])]

    def _conditions(self) -> str:
        seen = ", ".join(f"{what} {count:,}" for what, count in sorted(self.seen.items()))
        machine = f"{self.machine['cpu']}, {self.machine['cores']} cores, Linux {self.machine['kernel']}"
        return f"{self.seconds / 60:.1f} minutes; {seen} · Python {self.machine['python']} · {machine} · {self.date}"


def summarise(outcome: Outcome) -> list[Row]:
    """Return a row for each kind of disturbance."""
    return [
        row(what, [each for each in outcome.happened if each.what == what], outcome)
        for what in dict.fromkeys(each.what for each in outcome.happened)
    ]


def row(what: str, moments: Sequence[Happened], outcome: Outcome) -> Row:
    return Row(
        what=what,
        times=len(moments),
        under_way=sum(each.moment.under_way for each in moments),
        queued=sum(each.moment.queued for each in moments),
        half_read=sum(each.moment.half_read for each in moments),
        websockets=sum(each.moment.websockets for each in moments),
        held=sum(each.held for each in moments),
        lost=sum(each.during == what for each in outcome.lost),
        failed=sum(each.during == what for each in outcome.failures),
    )


def store(report: Report, directory: Path) -> None:
    """Keep the result as nothing_dropped.json and nothing_dropped.md."""
    directory.mkdir(exist_ok=True)
    (directory / "nothing_dropped.json").write_text(report.json())
    (directory / "nothing_dropped.md").write_text(report.markdown())
