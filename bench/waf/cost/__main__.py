"""`python -m bench.waf.cost`: measure the WAF beside ModSecurity, print one table, keep it in bench/results."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

import click

from bench.__main__ import RESULTS, Names
from bench.process import BenchError
from bench.waf.cost.measure import Plan, measure
from bench.waf.cost.report import Report, store
from bench.waf.cost.traffic import TRAFFIC
from bench.waf.rules import find_rules

TRAFFIC_NAMES: Final = [traffic.name for traffic in TRAFFIC]


@click.command()
@click.option("--rules", "named", multiple=True, default=("crs3",), show_default=True, help="crs3, crs4, a directory.")
@click.option("--traffic", "asked", type=Names(TRAFFIC_NAMES), default=TRAFFIC_NAMES, help=",".join(TRAFFIC_NAMES))
@click.option("--seconds", type=click.FloatRange(1, 60), default=4.0, show_default=True, help="Length of one run.")
@click.option("--runs", type=click.IntRange(1, 50), default=5, show_default=True, help="Rounds over both servers.")
@click.option("--quick", is_flag=True, help="One round of one second.")
@click.option("--reference-only", is_flag=True, help="Measure the reference alone.")
@click.option("--keep", is_flag=True, help="Keep the result in bench/results.")
def main(
    named: tuple[str, ...],
    asked: list[str],
    seconds: float,
    runs: int,
    quick: bool,
    reference_only: bool,
    keep: bool,
) -> None:
    """Measure what Penstock takes with its WAF, beside nginx with ModSecurity 3 and the same rules.

    crs3 are the rules of Debian's package modsecurity-crs, crs4 those that CRS_DIR names. It fails where Penstock takes
    a quarter of the reference's CPU time or more.
    """
    if quick:
        runs, seconds = 1, 1.0
    try:
        report = run(named, asked, seconds, runs, reference_only)
    except BenchError as error:
        click.echo(f"waf: {error}", err=True)
        sys.exit(1)
    click.echo(report.text())
    if keep:
        store(report, RESULTS)
        click.echo("kept as bench/results/waf.*")
    sys.exit(not report.good)


def run(named: tuple[str, ...], asked: list[str], seconds: float, runs: int, reference_only: bool) -> Report:
    rules = [find_rules(name) for name in named]
    traffic = [each for each in TRAFFIC if each.name in asked]
    plan = Plan(rules, traffic, reference_only, runs, seconds)
    with tempfile.TemporaryDirectory(prefix="penstock-waf-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        samples = measure(plan, Path(directory), lambda line: click.echo(line, err=True))
    return Report.of(samples, plan)


if __name__ == "__main__":
    main()
