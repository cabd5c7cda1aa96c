"""`python -m bench.cache_suite`: run the public suite behind each server, keep the result, tell what is unexplained."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from bench.__main__ import Names
from bench.cache_suite.expected import unexplained
from bench.cache_suite.report import Report, Run, load, store
from bench.cache_suite.servers import SERVERS, Server
from bench.cache_suite.suite import Suite
from bench.peers import Missing
from bench.process import BenchError

RESULTS = Path(__file__).parents[1] / "results"
NAMES = [server.name for server in SERVERS]


@click.command()
@click.option("--servers", type=Names(NAMES), default=NAMES, help=f"Of {','.join(NAMES)}.")
@click.option("--case", help="Run one case only, and print its requests and responses.")
def main(servers: list[str], case: str | None) -> None:
    """Run the public cache suite in front of its own origin, behind Penstock and other caches.

    CACHE_TESTS names a copy of the suite; without it a clone is made in the user's cache directory. Each server's
    result takes the place of its last one in bench/results. A required or optimal case that Penstock does not pass and
    bench/cache_suite/expected.py does not explain is a failure.
    """
    chosen = [server for server in SERVERS if server.name in servers]
    try:
        faults = show(chosen, case) if case else run_all(chosen)
    except BenchError as error:
        click.echo(f"conformance: {error}", err=True)
        sys.exit(1)
    sys.exit(bool(faults))


def show(servers: Sequence[Server], case: str) -> int:
    for server in servers:
        with started(server) as (suite, address):
            click.echo(f"# {server.title}\n{suite.show(address, case)}")
    return 0


def run_all(servers: Sequence[Server]) -> int:
    """Run the suite behind each server that can be had, keep each result; returns how many failures are unexplained."""
    faults = 0
    for server in servers:
        try:
            server.find()
        except Missing as error:
            click.echo(f"left out: {server.title}: {error}", err=True)
            continue
        done = run(server)
        faults += blame(done)
        store(Report([*load(RESULTS), done], NAMES), RESULTS)
    click.echo(f"{Report(load(RESULTS), NAMES).text()}\nkept as bench/results/cache_suite.*")
    return faults


def run(server: Server) -> Run:
    click.echo(f"{server.title} …", err=True)
    with started(server) as (suite, address):
        cases = suite.run(address)
        return Run(server.name, server.title, server.version(), today(), suite.fingerprint(), cases)


def blame(run: Run) -> int:
    """Print what Penstock does not pass for no reason given; returns how much that is."""
    faults = unexplained(run.cases) if run.ours else []
    for case in faults:
        click.echo(f"unexplained: {run.title}: {case.id} ({case.kind}): {case.verdict} {case.detail}", err=True)
    return len(faults)


@contextmanager
def started(server: Server) -> Iterator[tuple[Suite, str]]:
    """Start the suite's origin and a server before it; yields the suite and the server's address."""
    with tempfile.TemporaryDirectory(prefix="penstock-suite-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        # Some servers give up root and must still reach their files.
        directory.chmod(0o755)
        suite = Suite(directory)
        own = directory / server.name
        own.mkdir(mode=0o755)
        with suite.origin(directory) as origin, server.running(own, origin.port) as process:
            yield suite, f"http://{process.address}"


def today() -> str:
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    main()
