"""What a second worker costs: `python -m bench.two_workers` drives one worker and two by turns, over the same cores.

The load's share of each worker is that of the CPU time that it used.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import click
import yaml

from bench.check import check
from bench.machine import describe
from bench.origin import start_origin
from bench.peers.peer import Place, Server
from bench.peers.penstock import Penstock, configuration
from bench.process import BenchError, Cores, cpu_ns, share_cores
from bench.table import Grid, as_markdown, as_text
from bench.works import WORKS, Work
from bench.wrk import run, script

RESULTS: Final = Path(__file__).parent / "results"
SMALL: Final = next(work for work in WORKS if work.name == "small")
CONNECTIONS: Final = 256
"""Linux deals them out by chance: of so many a worker gets less than 40 % once in a thousand times."""

MOST_TIMES: Final = 1.1
SHARES: Final = (0.4, 0.6)
WARM_UP_S: Final = 1.0

HOW: Final = (
    "CPU time of Penstock with its supervisor and all its workers, divided by the requests it answered, on the same "
    f"cores with one worker and with two; wrk keeps {CONNECTIONS} connections. The ratio is the median of the rounds' "
    "ratios. A worker's share of the load is its share of the workers' CPU time; the shares are the furthest from a "
    "half that a round had."
)


class Several(Penstock):
    """Penstock with a number of workers."""

    def __init__(self, workers: int) -> None:
        self._workers = workers

    def files(self, work: Work, place: Place) -> dict[str, str]:
        document = {**configuration(work, place), "workers": self._workers}
        return {"penstock.yaml": yaml.safe_dump(document, sort_keys=False)}


@dataclass(frozen=True)
class Sample:
    """One run of wrk. `shares` are those of the workers."""

    workers: int
    round: int
    requests: int
    cpu_us: float
    shares: Sequence[float]


def measure(runs: int, seconds: float, directory: Path, say: Callable[[str], None]) -> list[Sample]:
    cores = share_cores()
    everywhere = Cores(cores.server | cores.others, cores.server | cores.others)
    samples = []
    with ExitStack() as stack:
        origin = stack.enter_context(start_origin(directory, everywhere))
        servers = {}
        for workers in (1, 2):
            server = Several(workers).start(directory / str(workers), SMALL, origin.port, everywhere)
            servers[workers] = stack.enter_context(server)
            check(server, SMALL)
            drive(server, directory, WARM_UP_S, everywhere)
        for round_ in range(runs):
            for workers, server in servers.items():
                samples.append(take(server, workers, round_, directory, seconds, everywhere))
                say(f"{round_ + 1}/{runs} {workers} workers: {samples[-1].cpu_us:.1f} µs")
    return samples


def drive(server: Server, directory: Path, seconds: float, cores: Cores) -> int:
    """Have wrk ask for the small answer; returns how many requests were answered, raises BenchError if any failed."""
    path = directory / "small.lua"
    path.write_text(script(SMALL))
    load = run(path, f"http://{server.address}{SMALL.path}", CONNECTIONS, seconds, cores.others)
    if load.failed or not load.requests:
        raise BenchError(f"{load.failed} of {load.requests} requests failed\n{server.log_tail()}")
    return load.requests


def take(server: Server, workers: int, round_: int, directory: Path, seconds: float, cores: Cores) -> Sample:
    before = {pid: cpu_ns(pid) for pid in server.family()}
    requests = drive(server, directory, seconds, cores)
    used = {pid: cpu_ns(pid) - ns for pid, ns in before.items()}
    own = [ns for pid, ns in used.items() if pid != server.pid]
    if len(own) != workers:
        raise BenchError(f"{len(own)} workers instead of {workers}")
    return Sample(workers, round_, requests, sum(used.values()) / 1000 / requests, [ns / sum(own) for ns in own])


@dataclass(frozen=True)
class Report:
    one_us: float
    two_us: float
    times: float
    least_share: float
    samples: Sequence[Sample]
    machine: dict[str, str | int]

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Report:
        one, two = ({each.round: each for each in samples if each.workers == workers} for workers in (1, 2))
        return cls(
            one_us=median(each.cpu_us for each in one.values()),
            two_us=median(each.cpu_us for each in two.values()),
            times=median(two[at].cpu_us / one[at].cpu_us for at in one),
            least_share=min(min(each.shares) for each in two.values()),
            samples=samples,
            machine=describe(),
        )

    @property
    def good(self) -> bool:
        return self.times <= MOST_TIMES and SHARES[0] <= self.least_share <= SHARES[1]

    def grid(self) -> Grid:
        return [
            ["", "measured", "asked"],
            ["CPU µs per request, one worker", f"{self.one_us:.1f}", ""],
            ["CPU µs per request, two workers", f"{self.two_us:.1f}", ""],
            ["two, × one", f"{self.times:.2f}", f"≤ {MOST_TIMES:g}"],
            [
                "the workers' shares of the load",
                f"{self.least_share:.0%}–{1 - self.least_share:.0%}",
                f"{SHARES[0]:.0%}–{SHARES[1]:.0%}",
            ],
        ]

    def markdown(self) -> str:
        machine = f"{self.machine['cpu']}, {self.machine['cores']} cores, Linux {self.machine['kernel']}"
        said = f"Python {self.machine['python']} · {machine}."
        return "\n\n".join(["# A second worker", as_markdown(self.grid(), left=1), HOW, said]) + "\n"

    def json(self) -> str:
        told: dict[str, Any] = asdict(self)
        return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def store(report: Report, directory: Path) -> None:
    """Keep the result as two_workers.json and two_workers.md."""
    directory.mkdir(exist_ok=True)
    (directory / "two_workers.json").write_text(report.json())
    (directory / "two_workers.md").write_text(report.markdown())


@click.command()
@click.option("--runs", type=click.IntRange(1, 50), default=7, show_default=True, help="Rounds over both.")
@click.option("--seconds", type=click.FloatRange(1, 60), default=4.0, show_default=True, help="Length of one run.")
@click.option("--keep", is_flag=True, help="Keep the result in bench/results.")
def main(runs: int, seconds: float, keep: bool) -> None:
    """Compare two workers with one; fails where a request costs more than a tenth more, or the load is split badly."""
    with tempfile.TemporaryDirectory(prefix="penstock-workers-") as name:
        Path(name).chmod(0o755)  # nginx's worker gives up root and must still reach its files
        try:
            samples = measure(runs, seconds, Path(name), lambda line: click.echo(line, err=True))
        except BenchError as error:
            click.echo(f"two_workers: {error}", err=True)
            sys.exit(1)
    report = Report.of(samples)
    click.echo(as_text(report.grid(), left=1))
    if keep:
        store(report, RESULTS)
        click.echo("kept as bench/results/two_workers.*")
    sys.exit(not report.good)


if __name__ == "__main__":
    main()
