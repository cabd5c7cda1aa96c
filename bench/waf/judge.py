"""Sends all probes through the reference and through Penstock, one after the other, and lays the outcomes together."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.process import BenchError, Process
from bench.waf.client import Outcome, send
from bench.waf.origin import start_origin
from bench.waf.probe import Probe
from bench.waf.rule_log import RuleLog
from bench.waf.rules import Rules
from bench.waf.servers import ModSecurity, Penstock, Waf
from bench.waf.verdict import Verdict, worst

ERROR_LOG: Final = "nginx-error.log"
CRASHED: Final = "exited on signal"


@dataclass(frozen=True)
class Reference:
    """What the reference made of a probe: its outcome, and the rules that matched."""

    outcome: Outcome
    matched: tuple[int, ...]


def refer(rules: Rules, probes: Sequence[Probe]) -> list[Reference]:
    """Send the probes to the reference; raises BenchError where it crashed, for then it did not judge."""
    with behind_origin(ModSecurity(rules, tells_rules=True)) as (process, directory):
        path = directory / ERROR_LOG
        log = RuleLog(path)
        found = [Reference(sent(process, probe), log.take()) for probe in probes]
        if CRASHED in path.read_text(errors="replace"):
            raise BenchError(f"a worker of the reference crashed:\n{path.read_text(errors='replace')[-2000:]}")
        return found


def judge(rules: Rules, probes: Sequence[Probe]) -> list[Verdict]:
    """Return a verdict for each probe."""
    references = refer(rules, probes)
    with behind_origin(Penstock(rules)) as (process, _):
        return [
            verdict(probe, reference, sent(process, probe)) for probe, reference in zip(probes, references, strict=True)
        ]


def verdict(probe: Probe, reference: Reference, ours: Outcome) -> Verdict:
    return Verdict(
        group=probe.group,
        title=probe.title,
        expected=probe.expected,
        label=probe.label,
        reference=reference.outcome,
        matched=reference.matched,
        ours=ours,
    )


def sent(process: Process, probe: Probe) -> Outcome:
    return worst(send(process.port, request) for request in probe.requests)


@contextmanager
def behind_origin(server: Waf) -> Iterator[tuple[Process, Path]]:
    """Start the origin and a server before it; yields the server and its directory."""
    with tempfile.TemporaryDirectory(prefix="penstock-waf-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        # nginx's worker gives up root and must still reach its files.
        directory.chmod(0o755)
        with start_origin(directory) as origin, server.running(directory, origin.port) as process:
            yield process, directory
