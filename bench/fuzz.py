"""`python -m bench.fuzz`: ten minutes of random configurations, PROXY headers and calls of the admin.

The tests that hypothesis feeds are run again and again, each time with another seed. A crash fails one, a hang is ended
by its timeout.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

import click

from bench.machine import describe
from bench.table import Grid, as_markdown, as_text

ROOT: Final = Path(__file__).parent.parent
RESULTS: Final = Path(__file__).parent / "results"
MINUTES: Final = 10.0
HANGS_AFTER_S: Final = 120
TARGETS: Final = {
    "configuration": ("tests/config/test_fuzz.py", "tests/config/test_changes.py"),
    "PROXY protocol": ("tests/proxy/test_proxy_protocol.py",),
    "admin calls": ("tests/config/test_admin_fuzz.py",),
}
HOW: Final = (
    "The tests of these files that hypothesis feeds, run again and again, each time with another seed. None may fail, "
    f"and none take longer than {HANGS_AFTER_S} s."
)
_EXAMPLES = re.compile(r"(\d+) passing(?: examples)?, \d+ failing")
"""Hypothesis has spelt it in both ways."""


def passed(statistics: str) -> int:
    """Return how many examples passed, by the text of pytest's `--hypothesis-show-statistics`."""
    return sum(map(int, _EXAMPLES.findall(statistics)))


@dataclass
class Report:
    minutes: float
    rounds: int = 0
    examples: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def grid(self) -> Grid:
        rows = [[what, " ".join(files), f"{self.examples[what]:,}"] for what, files in TARGETS.items()]
        return [["what", "tests", "examples that passed"], *rows]

    def verdict(self) -> str:
        return f"{len(self.failures)} failures in {self.minutes:.1f} minutes, {self.rounds} rounds."


def fuzz(minutes: float, say: Callable[[str], None]) -> Report:
    """Go on for so long, or until something fails."""
    report, begun_at = Report(minutes), monotonic()
    while not report.failures and monotonic() - begun_at < minutes * 60:
        report.rounds += 1
        for what, files in TARGETS.items():
            done = _tested(report.rounds, files)
            report.examples[what] += passed(done.stdout)
            if done.returncode:
                report.failures.append(f"seed {report.rounds}, {what}:\n{done.stdout[-4000:]}{done.stderr}")
        say(f"round {report.rounds}: {report.examples.total():,} examples, {(monotonic() - begun_at) / 60:.1f} minutes")
    report.minutes = (monotonic() - begun_at) / 60
    return report


def _tested(seed: int, files: Sequence[str]) -> subprocess.CompletedProcess[str]:
    options = ["-p", "no:cacheprovider", "--hypothesis-show-statistics", f"--hypothesis-seed={seed}"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--timeout={HANGS_AFTER_S}", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def store(report: Report, directory: Path) -> None:
    document = {"how": HOW, "machine": describe(), **vars(report)}
    (directory / "fuzz.json").write_text(json.dumps(document, indent=1) + "\n")
    page = f"# Fuzzing\n\n{HOW}\n\n{as_markdown(report.grid())}\n\n{report.verdict()}\n"
    (directory / "fuzz.md").write_text(page)


@click.command()
@click.option("--minutes", type=click.FloatRange(0.1), default=MINUTES, show_default=True)
def main(minutes: float) -> None:
    """Fails where a test does. A run of ten minutes or more is kept in bench/results."""
    report = fuzz(minutes, click.echo)
    click.echo(as_text(report.grid()))
    click.echo(report.verdict())
    for failure in report.failures:
        click.echo(failure, err=True)
    if minutes >= MINUTES:
        store(report, RESULTS)
    sys.exit(bool(report.failures))


if __name__ == "__main__":
    main()
