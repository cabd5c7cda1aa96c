"""`python -m bench.soak`: half an hour with everything on; with --disturb all that may befall a proxy under load."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

import click
import uvloop

from bench.__main__ import RESULTS
from bench.load.disturbances import What
from bench.load.disturbed import disturbed, schedule
from bench.process import BenchError
from bench.soak import dropped_report, soak_report
from bench.soak.soak import soak

MINUTES: Final = 30.0
TIMES: Final[dict[What, int]] = {
    "reload": 45,
    "refused reload": 5,
    "certificates": 10,
    "drain": 4,
    "upgrade": 3,
    "kill": 15,
    "kill during a reload": 5,
}
QUICK: Final[dict[What, int]] = dict.fromkeys(TIMES, 1)
SEED: Final = 6


@click.command()
@click.option("--minutes", type=click.FloatRange(1, 24 * 60), default=MINUTES, show_default=True, help="Of the soak.")
@click.option("--disturb", is_flag=True, help="Reload, kill, upgrade and renew under load, in place of the soak.")
@click.option("--quick", is_flag=True, help="With --disturb: each thing once.")
@click.option("--keep/--no-keep", default=None, help="Keep the result in bench/results; a whole run does by default.")
def main(minutes: float, disturb: bool, quick: bool, keep: bool | None) -> None:
    """Fails where a request failed that no killed worker held, or where something grew."""
    whole = not quick if disturb else minutes >= MINUTES
    with tempfile.TemporaryDirectory(prefix="penstock-soak-") as name:
        try:
            good = drop(Path(name), quick, whole, keep) if disturb else last(Path(name), minutes, whole, keep)
        except BenchError as error:
            click.echo(f"soak: {error}", err=True)
            sys.exit(1)
    sys.exit(not good)


def drop(directory: Path, quick: bool, whole: bool, keep: bool | None) -> bool:
    """Disturb a proxy under load; tells whether nothing failed."""
    order = schedule(QUICK if quick else TIMES, SEED)
    report = dropped_report.Report.of(uvloop.run(disturbed(directory, order, say)))
    click.echo(report.text())
    for failure in report.failures:
        click.echo(f"failed: {failure}", err=True)
    if whole if keep is None else keep:
        dropped_report.store(report, RESULTS)
        click.echo("kept as bench/results/nothing_dropped.*")
    return report.good


def last(directory: Path, minutes: float, whole: bool, keep: bool | None) -> bool:
    """Let it run with everything on; tells whether nothing grew and nothing failed."""
    report = soak_report.Report.of(uvloop.run(soak(directory, minutes * 60, say)))
    click.echo(report.text())
    for failure in report.failures:
        click.echo(f"failed: {failure}", err=True)
    if whole if keep is None else keep:
        soak_report.store(report, RESULTS)
        click.echo("kept as bench/results/soak.*")
    return not report.faults()


def say(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
