"""The result of bench.functions: each number beside what was asked of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.functions.cache_gets import CacheGets
from bench.functions.cost import Cost
from bench.functions.first_call import FirstCalls, longer_ms, usual_ms
from bench.functions.idle import Idle
from bench.functions.latency import PER_SECOND, Latency, Steady
from bench.functions.waiting import CALLS, PLAIN_PER_SECOND, WAIT_MS, Waiting
from bench.machine import describe
from bench.table import Grid, as_markdown, as_text

MIB: Final = 1024 * 1024

HOW: Final = (
    "One worker on a core of its own, each request a guest of its own. `hello` is a function of the Rust SDK that "
    "greets; the static answer is the same from a `respond` filter, and both were asked by turns over 32 kept "
    "connections, the CPU time being that of worker and supervisor. Requests at a steady rate come at moments left to "
    "chance, and count from when they were due; both were asked in rounds by turns, of which the medians stand here. "
    "Each deploy brought another module, each idle function has one of its own. Times of the cache are the guest's, by "
    "its own clock. In a burst all requests are sent at once; the plain requests beside bursts come from another "
    "process, and the last rows have bursts that no guest has to do with: as many requests, proxied to the same slow "
    "origin."
)


@dataclass(frozen=True)
class Line:
    """A number; `most` is what it was asked to stay under, or to come to at most, None where nothing was."""

    title: str
    value: float
    digits: int
    most: float | None = None
    inclusive: bool = False

    @property
    def met(self) -> bool:
        return self.most is None or self.value < self.most or (self.inclusive and self.value == self.most)

    def cells(self) -> list[str]:
        asked = "" if self.most is None else f"{'≤' if self.inclusive else '<'} {self.most:g}"
        verdict = "" if self.most is None else "yes" if self.met else "**no**"
        return [self.title, f"{self.value:,.{self.digits}f}", asked, verdict]


@dataclass(frozen=True)
class Report:
    cost: Cost
    steady: Steady
    first_calls: FirstCalls
    idle: Idle
    cache_gets: CacheGets
    waiting: Waiting
    machine: Mapping[str, str | int]
    date: str

    @classmethod
    def of(
        cls,
        cost: Cost,
        steady: Steady,
        first_calls: FirstCalls,
        idle: Idle,
        cache_gets: CacheGets,
        waiting: Waiting,
    ) -> Report:
        date = datetime.now(UTC).date().isoformat()
        return cls(cost, steady, first_calls, idle, cache_gets, waiting, describe(), date)

    def lines(self) -> list[Line]:
        return [*self._calls(), *self._firsts(), *self._idle(), *self._cache(), *self._waiting()]

    def missed(self) -> list[str]:
        return [line.title for line in self.lines() if not line.met]

    def _calls(self) -> list[Line]:
        static, hello = Latency.middle(self.steady.static), Latency.middle(self.steady.hello)
        return [
            Line("CPU µs of a static answer", self.cost.static_us, 1),
            Line("CPU µs of `hello`", self.cost.hello_us, 1),
            Line("CPU µs of `hello` over the static answer", self.cost.added_us, 1, 60, inclusive=True),
            Line(f"p50 ms of a static answer at {PER_SECOND} requests/s", static.p50_ms, 2),
            Line(f"p99 ms of a static answer at {PER_SECOND} requests/s", static.p99_ms, 2),
            Line(f"p50 ms of `hello` at {PER_SECOND} requests/s", hello.p50_ms, 2),
            Line(f"p99 ms of `hello` at {PER_SECOND} requests/s", hello.p99_ms, 2, 5),
        ]

    def _firsts(self) -> list[Line]:
        found = []
        for what, firsts in (("deploy", self.first_calls.deploys), ("restart", self.first_calls.restarts)):
            title = f"ms of the first request after a {what} over the median of the next"
            found.append(Line(title, usual_ms(firsts), 2, 5))
            found.append(Line(f"the same, the worst of {len(firsts)}", longer_ms(firsts), 2))
        return found

    def _idle(self) -> list[Line]:
        idle = self.idle
        return [
            Line(f"MiB of memory per idle function, of {idle.functions:,}", idle.each_bytes / MIB, 2, 5),
            Line("s until the first answer of a start with one function", idle.alone_start_s, 2),
            Line(f"s until the first answer of a start with {idle.functions:,}", idle.all_start_s, 2),
        ]

    def _cache(self) -> list[Line]:
        gets = self.cache_gets
        return [
            Line("µs of `cache_get` from the worker's memory", gets.memory_us, 2, 5),
            Line("ms of `cache_get` from Redis, median", gets.redis_ms, 2, 1),
            Line("ms of `cache_get` from Redis, p99", gets.redis_p99_ms, 2),
        ]

    def _waiting(self) -> list[Line]:
        waiting, plain = self.waiting, f"ms of plain requests at {PLAIN_PER_SECOND}/s"
        calls = f"{CALLS} calls that wait {WAIT_MS} ms in `http_get`"
        beside = (
            ("alone", waiting.alone),
            (f"beside bursts of {calls}", waiting.beside_calls),
            (f"beside bursts of {CALLS} proxied requests that wait as long", waiting.beside_proxied),
        )
        found = [Line(f"ms until {calls} are done", waiting.burst_ms, 0, 300)]
        for where, latency in beside:
            found += [
                Line(f"p50 {plain}, {where}", latency.p50_ms, 2),
                Line(f"p99 {plain}, {where}", latency.p99_ms, 2),
            ]
        return found

    def grid(self) -> Grid:
        return [["", "measured", "asked", "met"], *(line.cells() for line in self.lines())]

    def text(self) -> str:
        return as_text(self.grid(), left=1)

    def markdown(self) -> str:
        missed = self.missed()
        verdict = "All that was asked is met." if not missed else f"Not met: {'; '.join(missed)}."
        machine = f"{self.machine['cpu']}, {self.machine['cores']} cores, Linux {self.machine['kernel']}"
        said = f"Python {self.machine['python']} · {machine} · {self.date}."
        return "\n\n".join(["# Edge functions", verdict, as_markdown(self.grid(), left=1), HOW, said]) + "\n"

    def json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def store(report: Report, directory: Path) -> None:
    """Keep the result as functions.json and functions.md."""
    directory.mkdir(exist_ok=True)
    (directory / "functions.json").write_text(report.json())
    (directory / "functions.md").write_text(report.markdown())
