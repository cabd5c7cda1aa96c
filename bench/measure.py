"""The measurement: every peer in turn, round after round, so that a slow minute of the machine hits all alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.check import check
from bench.origin import start_origin
from bench.peers.peer import Peer, Server
from bench.process import BenchError, Cores, share_cores
from bench.works import Work
from bench.wrk import drive

WARM_UP_S = 1
FAILED_SHARE = 0.0001
"""A run with more failed requests than this is no measurement."""


@dataclass(frozen=True)
class Sample:
    """One run of wrk against one peer. `busy` is the share of one core that the peer used."""

    work: str
    peer: str
    round: int
    requests: int
    per_second: float
    cpu_us: float
    busy: float
    p50_ms: float
    p99_ms: float
    peak_mib: float


@dataclass(frozen=True)
class Plan:
    peers: Sequence[Peer]
    works: Sequence[Work]
    runs: int
    seconds: float


def measure(plan: Plan, directory: Path, say: Callable[[str], None]) -> list[Sample]:
    """Run the whole plan; a peer that fails its check ends the benchmark, for ratios need all of them."""
    cores = share_cores()
    samples: list[Sample] = []
    for work in plan.works:
        samples += measure_work(plan, work, directory / work.name, cores, say)
    return samples


def measure_work(plan: Plan, work: Work, directory: Path, cores: Cores, say: Callable[[str], None]) -> list[Sample]:
    directory.mkdir()
    directory.chmod(0o755)
    samples = []
    with ExitStack() as stack:
        origin = stack.enter_context(start_origin(directory, cores))
        servers = []
        for peer in plan.peers:
            server = peer.start(directory / peer.name, work, origin.port, cores)
            servers.append(stack.enter_context(server))
        for server in servers:
            check(server, work)
            drive(server, work, directory, WARM_UP_S, cores.others)
        for round_ in range(plan.runs):
            for server in servers:
                sample = take(server, work, round_, directory, plan.seconds, cores)
                say(f"{work.name} {round_ + 1}/{plan.runs} {server.name}: {sample.cpu_us:.1f} µs")
                samples.append(sample)
    return samples


def take(server: Server, work: Work, round_: int, directory: Path, seconds: float, cores: Cores) -> Sample:
    """Drive the server once between two readings of its CPU time."""
    server.reset_peak()
    before_ns = server.cpu_ns()
    load = drive(server, work, directory, seconds, cores.others)
    cpu_us = (server.cpu_ns() - before_ns) / 1000
    if load.requests == 0 or load.failed > load.requests * FAILED_SHARE:
        raise BenchError(f"{server.name}, {work.name}: {load.failed} of {load.requests} requests failed")
    return Sample(
        work=work.name,
        peer=server.name,
        round=round_,
        requests=load.requests,
        per_second=load.per_second,
        cpu_us=cpu_us / load.requests,
        busy=cpu_us / load.duration_us,
        p50_ms=load.p50_us / 1000,
        p99_ms=load.p99_us / 1000,
        peak_mib=server.peak_bytes() / 2**20,
    )
