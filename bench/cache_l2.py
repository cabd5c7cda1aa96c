"""What a hit in the shared tier takes: `python -m bench.cache_l2`, at 1,000 requests a second.

Penstock's memory is too small for what is asked, so that each request goes to Redis. Beside it, in the same rounds, the
same is asked of the origin itself, of Penstock without a cache, and of one whose memory holds everything.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click
import yaml

from bench.cache_cases import cases
from bench.check import ask
from bench.l2_report import MOST_P50_MS, Report, Sample, store
from bench.machine import describe
from bench.origin import start_origin
from bench.peers.peer import Place, Server
from bench.peers.penstock import Penstock, configuration
from bench.process import BenchError, Cores, Process, share_cores
from bench.redis import start_redis
from bench.timing import measure as measure_cases
from bench.works import Work
from bench.wrk import drive

RESULTS = Path(__file__).parent / "results"

RATE = 1000
RUNS, SECONDS, ROUNDS = 5, 4.0, 25
SMALL = Work("small", "110 bytes", path="/fresh/small", stored=True, urls=2000, per_second=RATE)
LARGE = Work("large", "64 KiB", path="/fresh/large", stored=True, urls=500, per_second=RATE)
TOO_LITTLE = {SMALL: "128KiB", LARGE: "1MiB"}
"""A cache's memory holds at least eight of its largest objects."""

FILLING_S = 3
MOST_FILLINGS = 5
ASTRAY_SHARE = 0.02
"""More answers than this from elsewhere than a row says, and it is no measurement."""

UPSTREAM_REQUESTS = r"penstock_upstream_requests_total\{.*\}"
REDIS_LOOKUPS = r'penstock_cache_lookup_duration_seconds_count\{.*tier="redis".*\}'


class SharedTier(Penstock):
    """Penstock with too little memory, and a Redis behind it."""

    def __init__(self, redis_port: int) -> None:
        self._redis_port = redis_port

    def files(self, work: Work, place: Place) -> dict[str, str]:
        document = configuration(work, place)
        redis = {"url": f"redis://127.0.0.1:{self._redis_port}/0"}
        document["caches"] = {"default": {"memory": TOO_LITTLE[work], "redis": redis}}
        return {"penstock.yaml": yaml.safe_dump(document, sort_keys=False)}


@dataclass(frozen=True)
class Subject:
    """Something that is asked; `redis` is where its answers come from, if that is where."""

    title: str
    work: Work
    process: Process
    redis: Process | None = None

    def counted(self, series: str) -> int:
        """Add up a Penstock's counters whose name and labels match; 0 for another process."""
        if not isinstance(self.process, Server):
            return 0
        metrics = ask(self.process, "/metrics", port=self.process.admin_port)[2].decode()
        return total(metrics, series)


def total(metrics: str, series: str) -> int:
    return sum(int(float(value)) for value in re.findall(rf"^{series} (\S+)$", metrics, re.MULTILINE))


@contextmanager
def subjects(directory: Path, cores: Cores) -> Iterator[list[Subject]]:
    """Start all that is asked, caches filled; the Penstocks have a core to themselves, the rest shares the others."""
    with ExitStack() as stack:
        origin = stack.enter_context(start_origin(directory, cores))
        redis = stack.enter_context(start_redis(directory, cores.others))

        def started(name: str, peer: Penstock, work: Work) -> Server:
            return stack.enter_context(peer.start(directory / name, work, origin.port, cores))

        found = []
        for work in (SMALL, LARGE):
            bare = replace(work, stored=False)
            memory = Subject(
                f"{work.title}: Penstock, hit in memory", work, started(f"{work.name}-1", Penstock(), work)
            )
            shared = started(f"{work.name}-2", SharedTier(redis.port), work)
            hit = Subject(f"{work.title}: Penstock, hit in Redis", work, shared, redis)
            for subject in (memory, hit):
                fill(subject, directory, cores)
            found += [
                Subject(f"{work.title}: the origin itself", bare, origin),
                Subject(f"{work.title}: Penstock, no cache", bare, started(f"{work.name}-0", Penstock(), bare)),
                memory,
                hit,
            ]
        yield found


def fill(subject: Subject, directory: Path, cores: Cores) -> None:
    """Ask for everything until nothing more is asked of the origin: a tier may drop what it is given too fast."""
    for _ in range(MOST_FILLINGS):
        before = subject.counted(UPSTREAM_REQUESTS)
        load = drive(subject.process, replace(subject.work, per_second=0), directory, FILLING_S, cores.others)
        if load.requests > subject.work.urls and subject.counted(UPSTREAM_REQUESTS) == before:
            return
    raise BenchError(f"{subject.title}: not everything is stored\n{subject.process.log_tail()}")


def measure(runs: int, seconds: float, say: Callable[[str], None]) -> list[Sample]:
    cores = share_cores()
    with tempfile.TemporaryDirectory(prefix="penstock-l2-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        with subjects(directory, cores) as found:
            samples = []
            for round_ in range(runs):
                for subject in found:
                    sample = take(subject, directory, seconds, cores)
                    say(f"{round_ + 1}/{runs} {subject.title}: {sample.p50_ms:.2f} ms, {sample.cpu_us:.0f} µs")
                    samples.append(sample)
    return samples


def take(subject: Subject, directory: Path, seconds: float, cores: Cores) -> Sample:
    """Ask one subject for a while; raises BenchError where its answers came from elsewhere than it says."""
    fetched_before, looked_up_before = subject.counted(UPSTREAM_REQUESTS), subject.counted(REDIS_LOOKUPS)
    cpu_before, redis_before = subject.process.cpu_ns(), subject.redis.cpu_ns() if subject.redis else 0
    load = drive(subject.process, subject.work, directory, seconds, cores.others)
    cpu_us = (subject.process.cpu_ns() - cpu_before) / 1000 / load.requests
    redis_us = (subject.redis.cpu_ns() - redis_before) / 1000 / load.requests if subject.redis else None
    expect_few(subject, "requests failed", load.failed, load.requests)
    if subject.work.stored:
        expect_few(subject, "asked the origin", subject.counted(UPSTREAM_REQUESTS) - fetched_before, load.requests)
    if subject.redis:
        looked_up = subject.counted(REDIS_LOOKUPS) - looked_up_before
        expect_few(subject, "did not ask Redis", load.requests - looked_up, load.requests)
    limit_ms = MOST_P50_MS if subject.redis and subject.work is SMALL else None
    return Sample(subject.title, load.per_second, load.p50_us / 1000, load.p99_us / 1000, cpu_us, redis_us, limit_ms)


def expect_few(subject: Subject, what: str, number: int, requests: int) -> None:
    if number > requests * ASTRAY_SHARE:
        raise BenchError(f"{subject.title}: of {requests} requests {number} {what}")


@click.command()
@click.option("--quick", is_flag=True, help="One round of one second, and nothing is kept.")
def main(quick: bool) -> None:
    """Measure hits in Redis beside hits in memory, proxying and the origin itself; then the decisions in process."""
    try:
        samples = measure(1 if quick else RUNS, 1.0 if quick else SECONDS, lambda line: click.echo(line, err=True))
    except BenchError as error:
        click.echo(f"cache_l2: {error}", err=True)
        sys.exit(1)
    report = Report(samples, measure_cases(cases(), {}, 3 if quick else ROUNDS), describe())
    click.echo(report.text())
    if not quick:
        store(report, RESULTS)
        click.echo("kept as bench/results/cache_l2.*")
    for title in report.missed():
        click.echo(f"over its limit: {title}", err=True)


if __name__ == "__main__":
    main()
