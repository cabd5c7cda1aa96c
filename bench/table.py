"""The rows as a table: one layout, printed as aligned text or as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from bench.measure import Absence
from bench.summary import REFERENCES, Row

Titles = Mapping[str, str]
Grid = list[list[str]]

Columns = list[tuple[str, Callable[[Row], str]]]

COSTS: Columns = [
    ("CPU µs/request", lambda row: f"{row.cpu_us:.1f}"),
    ("(lowest–highest)", lambda row: f"{row.cpu_low_us:.1f}–{row.cpu_high_us:.1f}"),
]
LOADS: Columns = [
    ("requests/s", lambda row: f"{row.per_second:,.0f}"),
    ("p50 ms", lambda row: f"{row.p50_ms:.2f}"),
    ("p99 ms", lambda row: f"{row.p99_ms:.2f}"),
    ("peak MiB", lambda row: f"{row.peak_mib:.0f}"),
    ("core busy", lambda row: f"{row.busy:.0%}"),
]


def columns(rows: Sequence[Row], peers: Titles) -> Columns:
    """Return what is told of each row; of the references those that took part."""
    references = [name for name in REFERENCES if any(name in row.ratios for row in rows)]
    return [*COSTS, *((f"× {peers[name]}", partial(_times, name)) for name in references), *LOADS]


def _times(reference: str, row: Row) -> str:
    return f"{row.ratios[reference]:.2f}" if reference in row.ratios else "–"


def grid(rows: Sequence[Row], absences: Sequence[Absence], works: Titles, peers: Titles) -> Grid:
    """Lay the rows out under a heading, a work's absences behind its rows; its title stands once, at the first."""
    told = columns(rows, peers)
    lines = [["work", "proxy", *(heading for heading, _ in told)]]
    for work in dict.fromkeys([*(row.work for row in rows), *(each.work for each in absences)]):
        own = [[peers[row.peer], *(cell(row) for _, cell in told)] for row in rows if row.work == work]
        own += [[peers[each.peer], *dashes(each.reason, len(told))] for each in absences if each.work == work]
        lines += [[works[work] if at == 0 else "", *line] for at, line in enumerate(own)]
    return lines


def dashes(reason: str, cells: int) -> list[str]:
    """Fill a line of which there is nothing to say but why."""
    return [f"– ({reason})", *["–"] * (cells - 1)]


def as_text(lines: Grid, left: int = 2) -> str:
    """Align the columns: the first `left` ones to the left, the numbers to the right."""
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at < left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def as_markdown(lines: Grid, left: int = 2) -> str:
    rule = ["---" if at < left else "---:" for at in range(len(lines[0]))]
    return "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]])
