"""The suite's result: a run for each server, kept together as JSON and as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.cache_suite.case import KINDS, Case
from bench.cache_suite.expected import WHY
from bench.table import Grid, as_markdown, as_text

OURS = "penstock"
"""What the names of Penstock's own servers begin with."""

HOW = (
    "[http-tests/cache-tests](https://github.com/http-tests/cache-tests) and its own origin, each server between the "
    "two (`make conformance`). The suite judges: *required* cases are conformance, *optimal* ones make good use of "
    "what is stored, a *check* asks which of two allowed ways a cache goes, and yes is no better than no. A case that "
    "rests on another does not count where that one was not passed. The peers are configured as the suite's containers "
    "configure them; Penstock by its defaults, with leave to serve what went stale while its origin does not answer, "
    "and with the method M-SEARCH allowed."
)


@dataclass(frozen=True)
class Run:
    """One server's result, of the suite with this fingerprint."""

    server: str
    title: str
    version: str
    date: str
    fingerprint: str
    cases: Sequence[Case]

    @property
    def ours(self) -> bool:
        return self.server.startswith(OURS)

    def passed(self, kind: str) -> int:
        return sum(case.passed for case in self.cases if case.kind == kind)


class Report:
    """Runs in a fixed order of servers, the last one of each."""

    def __init__(self, runs: Iterable[Run], order: Sequence[str]) -> None:
        latest = {run.server: run for run in runs}
        self.runs = [latest[name] for name in order if name in latest]

    def text(self) -> str:
        return as_text(self._kinds(), left=1) if self.runs else "no server could be had"

    def markdown(self) -> str:
        parts = ["# The public cache suite", HOW, as_markdown(self._kinds(), left=1), self._versions()]
        parts += ["## By topic", "Required and optimal cases that were passed.", as_markdown(self._topics(), left=1)]
        parts += ["## What Penstock does not pass, and why", self._failures()]
        return "\n\n".join(parts) + "\n"

    def json(self) -> str:
        """Write what each server was judged, without the suite's words."""
        runs = [asdict(run) | {"cases": [_kept(case) for case in run.cases]} for run in self.runs]
        return "[\n" + ",\n".join(map(_lines, runs)) + "\n]\n"

    def _kinds(self) -> Grid:
        count = {kind: sum(case.kind == kind for case in self.runs[0].cases) for kind in KINDS}
        titles = {kind: f"{kind} (of {count[kind]})" for kind in KINDS}
        titles["check"] = f"check: yes (of {count['check']})"
        heading = ["server", *(titles[kind] for kind in KINDS)]
        return [heading, *([run.title, *(str(run.passed(kind)) for kind in KINDS)] for run in self.runs)]

    def _topics(self) -> Grid:
        heading = ["topic", "cases", *(run.title for run in self.runs)]
        topics = dict.fromkeys(case.topic for case in self.runs[0].cases)
        return [heading, *(self._topic(topic) for topic in topics)]

    def _topic(self, topic: str) -> list[str]:
        own = [[case for case in run.cases if case.topic == topic and case.kind != "check"] for run in self.runs]
        return [f"`{topic}`", str(len(own[0])), *(str(sum(case.passed for case in cases)) for cases in own)]

    def _failures(self) -> str:
        failing = {case.id: case for run in self.runs if run.ours for case in run.cases if case.failed}
        if not failing:
            return "Nothing."
        heading = ["case", "kind", *(run.title for run in self.runs if run.ours), "why"]
        return as_markdown([heading, *(self._failure(case) for case in failing.values())], left=len(heading))

    def _failure(self, case: Case) -> list[str]:
        verdicts = [each.verdict for run in self.runs if run.ours for each in run.cases if each.id == case.id]
        return [f"`{case.id}`", case.kind, *verdicts, WHY.get(case.id, "**unexplained**")]

    def _versions(self) -> str:
        return ", ".join(f"{run.title} {run.version} ({run.date})" for run in self.runs) + "."


def _kept(case: Case) -> dict[str, str]:
    return {"id": case.id, "topic": case.topic, "kind": case.kind, "verdict": case.verdict}


def _lines(run: dict[str, Any]) -> str:
    """Write a run with each case on a line of its own, so that two results can be compared by eye."""
    cases = run.pop("cases")
    rows = ",\n".join(f"  {json.dumps(case)}" for case in cases)
    return json.dumps(run, ensure_ascii=False)[:-1] + ', "cases": [\n' + rows + "\n ]}"


def load(directory: Path) -> list[Run]:
    """Read the runs that are kept; none where nothing is."""
    path = directory / "cache_suite.json"
    if not path.exists():
        return []
    return [Run(**{**run, "cases": [Case(**case) for case in run["cases"]]}) for run in json.loads(path.read_text())]


def store(report: Report, directory: Path) -> None:
    """Keep the result as cache_suite.json and cache_suite.md."""
    directory.mkdir(exist_ok=True)
    (directory / "cache_suite.json").write_text(report.json())
    (directory / "cache_suite.md").write_text(report.markdown())
