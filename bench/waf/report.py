"""A judgement as text, Markdown and JSON: the counts, and every probe on which the two servers differ."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.table import Grid, as_markdown, as_text
from bench.waf.verdict import LEAST_BLOCKED, MOST_STOPPED, Tally, Verdict, by_group

HOW: Final = (
    "Each request goes, byte for byte, to nginx with ModSecurity 3 and to Penstock, with the same rules, at paranoia "
    "level 1 and anomaly score 5, and is judged from outside (`make conformance-waf`). An *attack* is what the "
    "reference's WAF blocks, a *near-miss* what it lets through and its author does not call an attack. What its "
    "author does, and the reference lets through, is *beyond* this paranoia level: counted apart, and no mistake "
    "either way. What nginx refuses before its WAF is not judged at all. *Stopped* is what does not reach the origin "
    "or whose answer does not reach the client; in parentheses how much of that Penstock refused without its WAF."
)


@dataclass(frozen=True)
class Report:
    """`name` is what it is kept under, `title` what was judged with which rules."""

    name: str
    title: str
    versions: dict[str, str]
    date: str
    total: Tally
    tallies: Sequence[Tally]
    labels: Sequence[Tally]
    """The same counts by what a corpus calls its lines; none for tests."""
    differing: Sequence[Verdict]

    @classmethod
    def of(cls, name: str, title: str, versions: dict[str, str], verdicts: Sequence[Verdict]) -> Report:
        labels = dict.fromkeys(verdict.label for verdict in verdicts if verdict.label)
        return cls(
            name=name,
            title=title,
            versions=versions,
            date=datetime.now(UTC).date().isoformat(),
            total=Tally.of("all", verdicts),
            tallies=by_group(verdicts),
            labels=[Tally.of(label, [each for each in verdicts if each.label == label]) for label in labels],
            differing=[verdict for verdict in verdicts if verdict.differs],
        )

    def text(self) -> str:
        lists = [f"\n{heading}:\n{as_text(table, left=5)}" for heading, table in self._differences() if len(table) > 1]
        return "\n".join([self.title, as_text(self._grid(), left=1), self._shares(), *lists])

    def markdown(self) -> str:
        parts = [f"# {self.title}", HOW, as_markdown(self._grid(), left=1), self._shares(), self._versions()]
        for heading, table in self._differences():
            parts += [f"## {heading}", as_markdown(table, left=5) if len(table) > 1 else "None."]
        return "\n\n".join(parts) + "\n"

    def json(self) -> str:
        """Write it with each difference on a line of its own, so that two results can be compared by eye."""
        document = asdict(self)
        rows = ",\n".join(f"  {json.dumps(each)}" for each in document.pop("differing"))
        return json.dumps(document, ensure_ascii=False)[:-1] + f', "differing": [\n{rows}\n ]}}\n'

    def _grid(self) -> Grid:
        heading = ["file", "probes", "attacks", "stopped", "near-misses", "stopped", "beyond", "stopped"]
        return [heading, *(line(tally) for tally in [*self.tallies, *self.labels, self.total])]

    def _shares(self) -> str:
        blocked, stopped = self.total.blocked_share, self.total.stopped_share
        return (
            f"Attacks stopped: {blocked:.2%} (at least {LEAST_BLOCKED:.0%}); "
            f"near-misses stopped by the WAF: {stopped:.2%} (at most {MOST_STOPPED:.0%}), "
            f"by Penstock in all: {self.total.lost_share:.2%}."
        )

    def _versions(self) -> str:
        told = ", ".join(f"{title} {version}" for title, version in self.versions.items())
        return f"{told} ({self.date})."

    def _differences(self) -> list[tuple[str, Grid]]:
        attacks = [each for each in self.differing if each.kind == "attack"]
        near_misses = [each for each in self.differing if each.kind == "near-miss"]
        return [("Attacks let through", table(attacks)), ("Near-misses stopped", table(near_misses))]


def line(tally: Tally) -> list[str]:
    return [
        tally.group,
        str(tally.probes),
        str(tally.attacks),
        f"{tally.attacks_stopped} ({tally.attacks_refused})",
        str(tally.near_misses),
        f"{tally.near_misses_stopped} ({tally.near_misses_refused})",
        str(tally.beyond),
        f"{tally.beyond_stopped} ({tally.beyond_refused})",
    ]


def table(verdicts: Sequence[Verdict]) -> Grid:
    heading = ["file", "test", "it expects", "the reference matched", "Penstock"]
    rows = [[each.group, each.title, ids(each.expected), ids(each.matched), each.ours] for each in verdicts]
    return [heading, *rows]


def ids(rules: Iterable[int]) -> str:
    return " ".join(map(str, rules)) or "–"


def store(report: Report, directory: Path) -> None:
    """Keep the result as JSON and Markdown."""
    directory.mkdir(exist_ok=True)
    (directory / f"{report.name}.json").write_text(report.json())
    (directory / f"{report.name}.md").write_text(report.markdown())


def load(path: Path) -> Report:
    """Read a result that is kept."""
    document = json.loads(path.read_text())
    read = {key: [Tally(**each) for each in document[key]] for key in ("tallies", "labels")}
    verdicts = [read_verdict(each) for each in document["differing"]]
    return Report(**{**document, **read, "total": Tally(**document["total"]), "differing": verdicts})


def read_verdict(document: dict[str, Any]) -> Verdict:
    return Verdict(**{**document, "expected": tuple(document["expected"]), "matched": tuple(document["matched"])})
