"""`python -m bench.deploys`: a hundred deploys and rollbacks under load."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

import click
import uvloop

from bench.__main__ import RESULTS
from bench.deploys.report import Report, store
from bench.deploys.run import deploying
from bench.process import BenchError

TIMES: Final = 100


@click.command()
@click.option("--times", type=click.IntRange(1, 1000), default=TIMES, show_default=True, help="Deploys, and rollbacks.")
@click.option("--keep/--no-keep", default=None, help="Keep the result in bench/results; a whole run does by default.")
def main(times: int, keep: bool | None) -> None:
    """Fails where a request failed, or was answered by a version that had been replaced before it began."""
    with tempfile.TemporaryDirectory(prefix="penstock-deploys-") as name:
        try:
            outcome = uvloop.run(deploying(Path(name), times, lambda line: click.echo(line, err=True)))
        except BenchError as error:
            click.echo(f"deploys: {error}", err=True)
            sys.exit(1)
    report = Report.of(outcome)
    click.echo(report.text())
    for failure in report.failures:
        click.echo(f"failed: {failure}", err=True)
    if times >= TIMES if keep is None else keep:
        store(report, RESULTS)
        click.echo("kept as bench/results/deploys.*")
    sys.exit(not report.good)


if __name__ == "__main__":
    main()
