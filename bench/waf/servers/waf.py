"""What every server with a WAF has: a rule set, laid out beside its configuration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.cache_suite.servers.server import Server
from bench.process import Process
from bench.waf.rules import Rules


class Waf(Server):
    """It blocks at paranoia level 1 and anomaly score 5, which are the rule set's own defaults."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def prepare(self, staged: Path) -> None:
        """Make of the rules what the server wants to read; they lie in `staged` as Rules.stage lays them out."""

    @contextmanager
    def running(self, directory: Path, origin_port: int) -> Iterator[Process]:
        self.prepare(self.rules.stage(directory))
        with super().running(directory, origin_port) as process:
            yield process
