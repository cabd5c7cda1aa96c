"""`python -m bench.oracle`: run every scenario through both hosts, compare, keep the result."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from bench.__main__ import Names
from bench.oracle.catalogue import SCENARIOS
from bench.oracle.compare import Observation, Row, broken, judge, missing
from bench.oracle.envoy import EnvoyHost
from bench.oracle.host import Host
from bench.oracle.observe import observe
from bench.oracle.penstock import PenstockHost
from bench.oracle.report import Report, store
from bench.oracle.scenario import Scenario
from bench.process import BenchError

ENVOY, PENSTOCK = EnvoyHost(), PenstockHost()
HOSTS: dict[str, Host] = {host.name: host for host in (ENVOY, PENSTOCK)}
NAMES = [scenario.name for scenario in SCENARIOS]
RESULTS = Path(__file__).parents[1] / "results"


@click.command()
@click.option("--only", type=Names(NAMES), default=NAMES, help="Scenarios, by their names, comma-separated.")
@click.option("--peer", type=click.Choice(list(HOSTS)), help="Run one host only, and print what was observed.")
def main(only: list[str], peer: str | None) -> None:
    """Drive the same guests through Envoy and Penstock and compare all that can be seen of them.

    The result of a whole run is kept in bench/results. Any difference that is not meant is a failure.
    """
    chosen = [scenario for scenario in SCENARIOS if scenario.name in only]
    try:
        done = show(chosen, HOSTS[peer]) if peer else compare(chosen, whole=only == NAMES)
    except BenchError as error:
        click.echo(f"oracle: {error}", err=True)
        sys.exit(1)
    sys.exit(not done)


def show(scenarios: Sequence[Scenario], host: Host) -> bool:
    """Print each observation; tell whether every guest did its work."""
    faults = []
    for scenario in scenarios:
        click.echo(f"# {scenario.name}: {scenario.about}")
        try:
            observed = run(scenario, host)
        except BenchError as error:
            faults.append(f"{scenario.name}: {error}")
            continue
        click.echo("".join(f"{section}:\n{indented(lines)}" for section, lines in observed.items()))
        faults += [f"{scenario.name} does not show: {line}" for line in missing(scenario, observed)]
    click.echo("\n".join(faults), err=True)
    return not faults


def indented(lines: Sequence[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)


def compare(scenarios: Sequence[Scenario], whole: bool) -> bool:
    """Compare, print and, if it was a whole run, keep the result; tell whether nothing failed."""
    versions = {host.title: host.version() for host in HOSTS.values()}
    report = Report([row(scenario) for scenario in scenarios], versions)
    click.echo(report.text())
    if whole:
        store(report, RESULTS)
        click.echo("kept as bench/results/oracle.*")
    return not report.failed


def row(scenario: Scenario) -> Row:
    try:
        judged = judge(scenario, run(scenario, ENVOY), run(scenario, PENSTOCK))
    except BenchError as error:
        judged = broken(scenario, str(error))
    click.echo(f"{judged.verdict:16}  {scenario.name}", err=True)
    return judged


def run(scenario: Scenario, host: Host) -> Observation:
    with tempfile.TemporaryDirectory(prefix="penstock-oracle-") as directory:
        return asyncio.run(observe(scenario, host, Path(directory)))


if __name__ == "__main__":
    main()
