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
class Absence:
    """A work that a peer has no part in, and why."""

    work: str
    peer: str
    reason: str


@dataclass(frozen=True)
class Plan:
    peers: Sequence[Peer]
    works: Sequence[Work]
    runs: int
    seconds: float

    def able(self, work: Work) -> list[Peer]:
        """Return the peers that take part in a work."""
        return [peer for peer in self.peers if not peer.lacks(work)]

    def absences(self) -> list[Absence]:
        pairs = [(work, peer) for work in self.works for peer in self.peers]
        return [Absence(work.name, peer.name, lack) for work, peer in pairs if (lack := peer.lacks(work))]


def measure(plan: Plan, directory: Path, say: Callable[[str], None]) -> list[Sample]:
    """Run the whole plan; a peer that fails its check ends the benchmark, for ratios need all of them."""
    cores = share_cores()
    samples: list[Sample] = []
    for works in together(plan.works):
        samples += measure_together(plan, works, directory / works[0].name, cores, say)
    return samples


def together(works: Sequence[Work]) -> list[list[Work]]:
    """Put each work with its base: what one adds to the other is less than the machine drifts in a minute."""
    groups: dict[str, list[Work]] = {}
    for work in works:
        groups.setdefault(work.base or work.name, []).append(work)
    return list(groups.values())


def measure_together(
    plan: Plan, works: Sequence[Work], directory: Path, cores: Cores, say: Callable[[str], None]
) -> list[Sample]:
    """Run some works, each of their servers in each round; all servers are up the whole time."""
    directory.mkdir()
    directory.chmod(0o755)
    samples = []
    with ExitStack() as stack:
        origin = stack.enter_context(start_origin(directory, cores))
        servers = []
        for work in works:
            for peer in plan.able(work):
                server = peer.start(directory / f"{work.name}-{peer.name}", work, origin.port, cores)
                servers.append((work, stack.enter_context(server)))
        for work, server in servers:
            check(server, work)
            drive(server, work, directory, WARM_UP_S, cores.others)
        for round_ in range(plan.runs):
            for work, server in servers:
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
