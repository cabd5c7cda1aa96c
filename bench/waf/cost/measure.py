"""The measurement: both servers in each round, for each kind of traffic, with one rule set after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from bench.origin import start_origin
from bench.process import BenchError, Cores, Process, on_cores, share_cores
from bench.waf.cost.load import drive, one_request
from bench.waf.cost.traffic import BARE, Traffic
from bench.waf.rules import Rules
from bench.waf.servers import ModSecurity, Penstock, Waf

WARM_UP_S: Final = 1
IDLE_NS: Final = 4_000_000
"""In REST_S. Penstock's clocks, of guests and of deadlines, take 1 to 2 % of a core when there is nothing to do."""
REST_S: Final = 0.1
MOST_RESTS: Final = 100

ATTACK: Final = "/small?id=1%27%20or%20%271%27=%271%27%20union%20select%20password%20from%20users--"
"""What tells a server with a WAF from one without."""


@dataclass(frozen=True)
class Sample:
    """One run of wrk against one server; `cpu_us` is of one request."""

    rules: str
    traffic: str
    server: str
    round: int
    requests: int
    cpu_us: float
    busy: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True)
class Plan:
    rules: Sequence[Rules]
    traffic: Sequence[Traffic]
    reference_only: bool
    runs: int
    seconds: float

    def servers(self, rules: Rules) -> list[Waf]:
        reference = ModSecurity(rules)
        return [reference] if self.reference_only else [reference, Penstock(rules)]


def measure(plan: Plan, directory: Path, say: Callable[[str], None]) -> list[Sample]:
    cores = share_cores()
    with start_origin(directory, cores) as origin:
        return [
            sample
            for rules in plan.rules
            for sample in measure_with(plan, rules, origin.port, directory / rules.name, cores, say)
        ]


def measure_with(
    plan: Plan, rules: Rules, origin_port: int, directory: Path, cores: Cores, say: Callable[[str], None]
) -> list[Sample]:
    """Run the plan with one rule set; its servers are up the whole time."""
    samples = []
    with ExitStack() as stack:
        servers = [start(stack, server, directory / server.name, origin_port, cores) for server in plan.servers(rules)]
        for traffic in plan.traffic:
            for server in servers:
                check(server, traffic)
                drive(server, traffic, directory, WARM_UP_S, cores.others)
                rest(server)
            for round_ in range(plan.runs):
                for server in servers:
                    sample = take(rules, server, traffic, round_, directory, plan.seconds, cores)
                    say(f"{rules.name} {traffic.name} {round_ + 1}/{plan.runs} {server.name}: {sample.cpu_us:.1f} µs")
                    samples.append(sample)
    return samples


def start(stack: ExitStack, server: Waf, directory: Path, origin_port: int, cores: Cores) -> Process:
    """Start a server on the core that is its own."""
    directory.mkdir(parents=True)
    for each in (directory.parent, directory):
        # nginx's worker gives up root and must still reach its files.
        each.chmod(0o755)
    with on_cores(cores.server):
        return stack.enter_context(server.running(directory, origin_port))


def check(server: Process, traffic: Traffic) -> None:
    """Raise BenchError unless the server lets the traffic through, and an attack not."""
    for seen, wanted, what in (
        (status(server, traffic.method, *one_request(traffic)), 200, traffic.name),
        (status(server, "GET", ATTACK, dict(BARE), b""), 403, "an attack"),
    ):
        if seen != wanted:
            raise BenchError(f"{server.name} answers {what} with {seen}, not {wanted}\n{server.log_tail()}")


def status(server: Process, method: str, target: str, headers: dict[str, str], body: bytes) -> int:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, target, body or None, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def rest(server: Process) -> None:
    """Wait until the server is done with the requests whose sender has gone."""
    before_ns = server.cpu_ns()
    for _ in range(MOST_RESTS):
        time.sleep(REST_S)
        now_ns = server.cpu_ns()
        if now_ns - before_ns < IDLE_NS:
            return
        before_ns = now_ns
    raise BenchError(f"{server.name} does not come to rest")


def take(
    rules: Rules, server: Process, traffic: Traffic, round_: int, directory: Path, seconds: float, cores: Cores
) -> Sample:
    """Drive the server once between two readings of its CPU time."""
    before_ns = server.cpu_ns()
    load = drive(server, traffic, directory, seconds, cores.others)
    cpu_us = (server.cpu_ns() - before_ns) / 1000
    rest(server)
    return Sample(
        rules=rules.title,
        traffic=traffic.name,
        server=server.name,
        round=round_,
        requests=load.requests,
        cpu_us=cpu_us / load.requests,
        busy=cpu_us / load.duration_us,
        p50_ms=load.p50_us / 1000,
        p99_ms=load.p99_us / 1000,
    )
