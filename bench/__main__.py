"""`python -m bench`: measure, print one table, keep it in bench/results."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from bench.comparisons import COMPARISONS, Comparison
from bench.measure import Plan, measure
from bench.peers import PEERS, Missing, Peer
from bench.process import BenchError
from bench.report import Report, store
from bench.works import WORKS

RESULTS = Path(__file__).parent / "results"
WORK_NAMES = [work.name for work in WORKS]
PEER_NAMES = [peer.name for peer in PEERS]
COMPARISON_NAMES = [comparison.name for comparison in COMPARISONS]


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
@click.option("--only", type=Names(COMPARISON_NAMES), default=COMPARISON_NAMES, help="Of proxy,cache.")
@click.option("--peers", type=Names(PEER_NAMES), default=PEER_NAMES, help=f"Of {','.join(PEER_NAMES)}.")
@click.option("--works", type=Names(WORK_NAMES), default=WORK_NAMES, help=f"Of {','.join(WORK_NAMES)}.")
@click.option("--seconds", type=click.FloatRange(1, 60), default=4.0, show_default=True, help="Length of one run.")
@click.option("--runs", type=click.IntRange(1, 50), default=5, show_default=True, help="Rounds over all peers.")
@click.option("--quick", is_flag=True, help="One round of one second.")
def main(only: list[str], peers: list[str], works: list[str], seconds: float, runs: int, quick: bool) -> None:
    """Measure Penstock beside other proxies on the same work: what it costs to proxy, and to answer from a cache.

    The result of a whole comparison, all its works and peers and not --quick, is kept in bench/results.
    """
    if quick:
        runs, seconds = 1, 1.0
    for whole in COMPARISONS:
        part = whole.narrowed(peers, works)
        if whole.name not in only or not part.works or not part.peers:
            continue
        report = run(part, runs, seconds)
        click.echo(report.text())
        if not quick and part == whole:
            store(report, RESULTS, whole.file)
            click.echo(f"kept as bench/results/{whole.file}.*")


def find_peers(wanted: Sequence[Peer]) -> tuple[list[Peer], dict[str, str]]:
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


def run(comparison: Comparison, runs: int, seconds: float) -> Report:
    """Measure with those of the peers that can be had; ends the command where that fails."""
    found, missing = find_peers(comparison.peers)
    for name, why in missing.items():
        click.echo(f"left out: {name}: {why}", err=True)
    try:
        return take(Plan(found, comparison.works, runs, seconds), missing)
    except BenchError as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(1)


def take(plan: Plan, missing: dict[str, str]) -> Report:
    with tempfile.TemporaryDirectory(prefix="penstock-bench-") as directory:
        # nginx's worker gives up root and must still reach its files.
        Path(directory).chmod(0o755)
        samples = measure(plan, Path(directory), lambda line: click.echo(line, err=True))
    versions = {peer.title: peer.version() for peer in plan.peers}
    return Report.of(samples, plan, versions, missing)


if __name__ == "__main__":
    main()
