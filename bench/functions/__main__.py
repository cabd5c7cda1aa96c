"""`python -m bench.functions`: what edge functions cost, how long they take, and what of it was asked."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import uvloop

from bench.__main__ import RESULTS
from bench.functions import cache_gets, cost, first_call, idle, latency, waiting
from bench.functions.report import Report, store
from bench.process import BenchError, share_cores


@dataclass(frozen=True)
class Lengths:
    """How much of each is measured; `seconds` of each load."""

    rounds: int
    seconds: float
    deploys: int
    restarts: int
    functions: int


WHOLE: Final = Lengths(rounds=5, seconds=4.0, deploys=20, restarts=10, functions=1000)
QUICK: Final = Lengths(rounds=1, seconds=1.0, deploys=2, restarts=1, functions=20)


@click.command()
@click.option("--quick", is_flag=True, help="A little of each, and nothing is kept.")
def main(quick: bool) -> None:
    """Fails where a number is not what was asked. The result is kept in bench/results."""
    with tempfile.TemporaryDirectory(prefix="penstock-functions-") as name:
        Path(name).chmod(0o755)  # nginx's worker gives up root and must still reach its files
        try:
            report = measure(Path(name), QUICK if quick else WHOLE, lambda line: click.echo(line, err=True))
        except BenchError as error:
            click.echo(f"functions: {error}", err=True)
            sys.exit(1)
    click.echo(report.text())
    if not quick:
        store(report, RESULTS)
        click.echo("kept as bench/results/functions.*")
    sys.exit(bool(report.missed()))


def measure(directory: Path, lengths: Lengths, say: Callable[[str], None]) -> Report:
    cores = share_cores()
    say("hello beside a static answer")
    with cost.hello_site(directory / "hello", cores).running() as server:
        steady = uvloop.run(latency.measure(server, lengths.rounds, lengths.seconds))
        costs = cost.measure(server, directory, lengths.rounds, lengths.seconds, cores)
    say("values of the cache")
    gets = cache_gets.measure(directory, lengths.rounds, cores)
    say("calls that wait")
    with waiting.running(directory, cores) as server:
        waits = uvloop.run(waiting.measure(server, 2 * lengths.seconds, cores))
    say("first requests")
    firsts = first_call.measure(directory / "first", lengths.deploys, lengths.restarts, cores)
    say(f"{lengths.functions} functions that are not called")
    at_rest = idle.measure(directory / "idle", lengths.functions, cores)
    return Report.of(costs, steady, firsts, at_rest, gets, waits)


if __name__ == "__main__":
    main()
