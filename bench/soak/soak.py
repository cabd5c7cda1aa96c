"""The soak: everything on, for long, with a reload now and then, and a worker that is replaced."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.load.certificates import Authority
from bench.load.ledger import Failure, Ledger
from bench.load.load import Load
from bench.load.origin import Origin
from bench.load.penstock import Penstock
from bench.process import BenchError, cpu_ns
from bench.redis import start_redis
from bench.soak.everything import ACCESS_LOG, Ports, everything
from bench.soak.mixture import begin
from bench.soak.samples import Sample, Sampler

SCRAPE_S: Final = 5.0
SCRAPED: Final = ("/metrics", "/healthz", "/upstreams", "/cache", "/wasm", "/routes", "/config")
SAMPLE_S: Final = 10.0
RELOAD_S: Final = 120.0
RELOADS_PER_RENEWAL: Final = 3
FIRST_RELOADS: Final = 30
"""At once, before the time begins: each check tries guests in places of the supervisor's pool that none had before, and
takes 192 KiB for it until all were used."""
REPLACED_AT: Final = (1 / 12, 1 / 6, 1 / 4)
"""Of the run: connections move from a worker that drains to the others, and their memory with them; in the second half,
where lines are fitted, nothing of the kind is to happen."""

ROTATIONS: Final = 6
SUSPICIOUS: Final = re.compile(r"Traceback|ERROR|Error\b|exit status|SIG(?:KILL|SEGV|ABRT)|has been silent")


@dataclass(frozen=True)
class Soaked:
    """What a run has seen. `busy` are shares of all the machine's cores; `complaints` are lines of the proxy's log."""

    seconds: float
    asked: Mapping[str, int]
    answered: Mapping[str, int]
    failures: Sequence[Failure]
    complaints: Sequence[str]
    samples: Sequence[Sample]
    reloads: int
    renewals: int
    replaced: Sequence[int]
    scrapes: int
    busy: Mapping[str, float]


async def soak(directory: Path, seconds: float, say: Callable[[str], None]) -> Soaked:
    """Run it; raises BenchError where what is to happen can't be done."""
    with start_redis(directory) as redis:
        async with Origin() as origin:
            ports, authority = Ports.before(origin.port, redis.port), Authority(directory)
            penstock = Penstock(directory, ports.admin)
            penstock.write(everything(0, ports))
            ledger = Ledger()
            async with penstock:
                run = Run(penstock, ports, authority, ledger, seconds, say)
                async with Load(ledger) as load:
                    begin(load, ports, authority)
                    await run.watch(load)
            return run.result()


class Run:
    """What goes on beside the load."""

    def __init__(
        self,
        penstock: Penstock,
        ports: Ports,
        authority: Authority,
        ledger: Ledger,
        seconds: float,
        say: Callable[[str], None],
    ) -> None:
        self._penstock, self._ports, self._authority, self._ledger = penstock, ports, authority, ledger
        self._seconds, self._say = seconds, say
        self._sampler = Sampler(self._roles, min(SAMPLE_S, seconds / 60))
        self._reloads = self._renewals = self._scrapes = 0
        self._replaced: list[int] = []
        self._cpu_ns: dict[int, int] = {}

    async def watch(self, load: Load) -> None:
        """Let the time pass, and things happen in it; what fails here ends the run."""
        for _ in range(FIRST_RELOADS):
            await self._reload(load)
        self._begun_s, own_cpu_ns = time.monotonic(), time.process_time_ns()
        doing: list[Coroutine[Any, Any, None]] = [
            self._sampler.run(),
            self._every(SCRAPE_S, self._scrape),
            self._every(min(RELOAD_S, self._seconds / 5), lambda: self._reload(load)),
            self._every(self._seconds / ROTATIONS, self._rotate),
            *(self._replace(after * self._seconds, at) for at, after in enumerate(REPLACED_AT)),
        ]
        tasks = {asyncio.create_task(each) for each in doing}
        done, _ = await asyncio.wait(tasks, timeout=self._seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()
        self._took_s = time.monotonic() - self._begun_s
        self._note_cpu()
        self._busy = {
            "Penstock": sum(self._cpu_ns.values()) / self._took_s / 1e9,
            "clients and origin": (time.process_time_ns() - own_cpu_ns) / self._took_s / 1e9,
        }

    async def _every(self, period_s: float, do: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            await asyncio.sleep(period_s)
            await do()

    async def _roles(self) -> dict[int, str]:
        self._note_cpu()
        supervisors = self._penstock.supervisors()
        return {pid: "supervisor" if pid in supervisors else "worker" for pid in self._penstock.family()}

    def _note_cpu(self) -> None:
        """Keep what every process has used, for those that end too."""
        for pid in self._penstock.family():
            self._cpu_ns[pid] = max(self._cpu_ns.get(pid, 0), cpu_ns(pid))

    async def _scrape(self) -> None:
        for page in SCRAPED:
            status, text = await self._penstock.read("GET", page)
            if status != 200 or not text:
                raise BenchError(f"the admin answers {status} for {page}")
        self._scrapes += 1

    async def _reload(self, load: Load) -> None:
        self._reloads += 1
        self._ledger.during = f"reload {self._reloads}"
        if self._reloads % RELOADS_PER_RENEWAL == 0:
            self._authority.renew()
            self._renewals += 1
        self._penstock.write(everything(self._reloads, self._ports))
        by = self._penstock.reload if self._reloads % 2 else self._penstock.reload_by_signal
        if (outcome := await by()) != "reloaded":
            raise BenchError(f"the configuration was {outcome}\n{self._penstock.log_tail()}")
        load.generation = load.newest = self._reloads
        failures = len(self._ledger.failures)
        self._say(
            f"{self._ledger.now():.0f} s: reload {self._reloads}, {self._ledger.asked.total()} asked, {failures} failed"
        )

    async def _rotate(self) -> None:
        """Have the access log begun anew, as logrotate does."""
        log = self._penstock.directory / ACCESS_LOG
        os.replace(log, log.with_suffix(".old"))
        self._penstock.signal(signal.SIGUSR1)

    async def _replace(self, after_s: float, turn: int) -> None:
        """Have a worker drain, and another take its place."""
        await asyncio.sleep(after_s)
        workers = await self._penstock.workers()
        pid = workers[turn % len(workers)]
        self._ledger.during = f"worker {pid} drains"
        self._replaced.append(pid)
        os.kill(pid, signal.SIGTERM)

    def result(self) -> Soaked:
        complaints = [line for line in self._penstock.log().splitlines() if SUSPICIOUS.search(line)]
        return Soaked(
            seconds=self._took_s,
            asked=self._ledger.asked,
            answered=self._ledger.answered,
            failures=self._ledger.failures,
            complaints=complaints,
            samples=self._sampler.samples,
            reloads=self._reloads,
            renewals=self._renewals,
            replaced=self._replaced,
            scrapes=self._scrapes,
            busy={name: share / (os.cpu_count() or 1) for name, share in self._busy.items()},
        )
