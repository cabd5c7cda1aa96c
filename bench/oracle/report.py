"""The oracle's result: a row for each scenario, as JSON and as Markdown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bench.oracle.compare import Difference, Row, Verdict
from bench.oracle.normal import TOLD
from bench.table import as_markdown

HOW = (
    "Each scenario is one guest with one configuration, driven with the same bytes through both hosts in front of the "
    "same recording origin (`make oracle`). Compared are status, headers and body that the client gets, every request "
    "that the origin and the guests' calls bring about, and each callback that the guest traces, in order with its "
    "arguments."
)

COUNTED: Final[dict[Verdict, str]] = {
    "same": "the same",
    "differs as meant": "different as meant",
    "failed": "failed",
}


@dataclass(frozen=True)
class Report:
    rows: Sequence[Row]
    versions: dict[str, str]

    @property
    def failed(self) -> list[Row]:
        return [row for row in self.rows if row.verdict == "failed"]

    def summary(self) -> str:
        counted = Counter(row.verdict for row in self.rows)
        counts = ", ".join(f"{counted[verdict]} {words}" for verdict, words in COUNTED.items())
        versions = ", ".join(f"{title} {version}" for title, version in self.versions.items())
        return f"{len(self.rows)} scenarios: {counts}. {versions}."

    def text(self) -> str:
        """Show what failed, line by line, and the summary."""
        return "\n".join([*(line for row in self.failed for line in _failure(row)), self.summary()])

    def markdown(self) -> str:
        rows = [["scenario", "what it drives", "result"], *(_cells(row) for row in self.rows)]
        told = [["what", "why"], *([what, why] for what, why in TOLD)]
        different = [_section(row) for row in self.rows if row.differences]
        parts = ["# Penstock beside Envoy", HOW, self.summary(), _table(rows)]
        parts += ["## What differs, and why", *different, "## What is not compared, or made alike first", _table(told)]
        return "\n\n".join(parts) + "\n"

    def json(self) -> str:
        document = {"versions": self.versions, "rows": [asdict(row) for row in self.rows]}
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def store(report: Report, directory: Path) -> None:
    """Keep the result as oracle.json and oracle.md."""
    directory.mkdir(exist_ok=True)
    (directory / "oracle.json").write_text(report.json())
    (directory / "oracle.md").write_text(report.markdown())


def _section(row: Row) -> str:
    lines = [line for difference in row.differences for line in _lines(difference)]
    return "\n".join([f"### `{row.name}`", "", *map(_sentence, row.reasons), "", "```", *lines, "```"])


def _sentence(reason: str) -> str:
    return f"{reason[0].upper()}{reason[1:]}."


def _failure(row: Row) -> Iterator[str]:
    yield f"{row.name}: {row.about}"
    yield from (f"  {fault}" for fault in row.faults)
    for difference in row.differences:
        yield from (f"    {line}" for line in _lines(difference))


def _lines(difference: Difference) -> Iterator[str]:
    yield f"{difference.section}:"
    yield from (f"  Envoy     {line}" for line in difference.envoy)
    yield from (f"  Penstock  {line}" for line in difference.penstock)


def _cells(row: Row) -> list[str]:
    told = {
        "same": "same",
        "differs as meant": f"[differs as meant](#{row.name})",
        "failed": "<br>".join(["**failed**", *row.faults]),
    }
    return [f"`{row.name}`", row.about, told[row.verdict]]


def _table(rows: list[list[str]]) -> str:
    return as_markdown(
        [[cell.replace("|", "\\|").replace("\n", "<br>") for cell in row] for row in rows], left=len(rows[0])
    )
