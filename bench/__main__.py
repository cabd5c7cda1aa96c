"""`python -m bench`: measure, print one table, keep it in bench/results."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from bench.measure import Plan, measure
from bench.peers import PEERS, Missing, Peer
from bench.process import BenchError
from bench.report import Report, store
from bench.works import WORKS

RESULTS = Path(__file__).parent / "results"
WORK_NAMES = [work.name for work in WORKS]
PEER_NAMES = [peer.name for peer in PEERS]


class Names(click.ParamType[list[str]]):
    """A comma-separated choice of names, each one known."""

    name = "names"

    def __init__(self, known: list[str]) -> None:
        self.known = known

    def convert(self, value: str | list[str], param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        names = value.split(",") if isinstance(value, str) else value
        for name in names:
            if name not in self.known:
                self.fail(f"{name!r} is none of {', '.join(self.known)}", param, ctx)
        return names


@click.command()
@click.option("--peers", type=Names(PEER_NAMES), default=PEER_NAMES, help=f"Of {','.join(PEER_NAMES)}.")
@click.option("--works", type=Names(WORK_NAMES), default=WORK_NAMES, help=f"Of {','.join(WORK_NAMES)}.")
@click.option("--seconds", type=click.FloatRange(1, 60), default=4.0, show_default=True, help="Length of one run.")
@click.option("--runs", type=click.IntRange(1, 50), default=5, show_default=True, help="Rounds over all peers.")
@click.option("--quick", is_flag=True, help="One round of one second.")
def main(peers: list[str], works: list[str], seconds: float, runs: int, quick: bool) -> None:
    """Measure Penstock beside nginx, HAProxy and Envoy on the same work.

    The result of a whole run, all works and peers and not --quick, is kept in bench/results.
    """
    found, missing = find_peers([peer for peer in PEERS if peer.name in peers])
    for name, why in missing.items():
        click.echo(f"left out: {name}: {why}", err=True)
    if quick:
        runs, seconds = 1, 1.0
    chosen = [work for work in WORKS if work.name in works]
    try:
        report = run(Plan(found, chosen, runs, seconds), missing)
    except BenchError as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(1)
    click.echo(report.text())
    if not quick and peers == PEER_NAMES and works == WORK_NAMES:
        store(report, RESULTS)
        click.echo("kept as bench/results/latest.*")


def find_peers(wanted: list[Peer]) -> tuple[list[Peer], dict[str, str]]:
    """Sort the peers into those that can be had and, by title, why not."""
    found, missing = [], {}
    for peer in wanted:
        try:
            peer.find()
        except Missing as error:
            missing[peer.title] = str(error)
        else:
            found.append(peer)
    return found, missing


def run(plan: Plan, missing: dict[str, str]) -> Report:
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as directory:
        # nginx's worker gives up root and must still reach its files.
        Path(directory).chmod(0o755)
        samples = measure(plan, Path(directory), lambda line: click.echo(line, err=True))
    versions = {peer.title: peer.version() for peer in plan.peers}
    return Report.of(samples, plan, versions, missing)


if __name__ == "__main__":
    main()
