"""A run: clients ask all the time while versions are deployed, and former ones are pointed at again."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.deploys.site import AT_ONCE, NAMES, WAITING, document, modules
from bench.deploys.story import Story, Version
from bench.functions.admin import Admin, stamped
from bench.load.connection import Place
from bench.load.ledger import Failure, Ledger
from bench.load.load import Load
from bench.load.pages import Page, keeping, once
from bench.load.penstock import Penstock
from bench.memory import ROOT
from bench.process import Process, free_port
from proxy.runtime import monotonic

ORIGIN_WAITS_MS: Final = 50
BETWEEN_S: Final = 0.1
AT_ONCE_PAUSE_S: Final = 0.01


@dataclass(frozen=True)
class Change:
    """`took_s` is until its call returned; `met` the requests that were answered meanwhile."""

    what: str
    took_s: float
    met: int


@dataclass(frozen=True)
class Outcome:
    changes: Sequence[Change]
    asked: Mapping[str, int]
    answered: Mapping[str, int]
    failures: Sequence[Failure]
    seen: Mapping[str, int]
    seconds: float


async def deploying(directory: Path, changes: int, say: Callable[[str], None] = lambda _: None) -> Outcome:
    """Load two workers while so many versions come, each followed by a rollback; raises BenchError."""
    port, public, admin_port = free_port(), free_port(), free_port()
    command = [sys.executable, "-m", "bench.functions.slow_origin", str(port), str(ORIGIN_WAITS_MS)]
    async with AsyncExitStack() as stack:
        origin = stack.enter_context(
            Process("slow_origin", command, directory, port, environment={"PYTHONPATH": str(ROOT)})
        )
        origin.wait_until_listening()
        penstock = Penstock(directory, admin_port)
        penstock.write(document(public, admin_port, port))
        await stack.enter_async_context(penstock)
        deployer = Deployer(await stack.enter_async_context(Admin(admin_port)), Ledger())
        for name in NAMES:
            await deployer.deploy(name)
        async with Load(deployer.ledger) as load:
            begin(load, Place(public), deployer.stories)
            await load.pause(BETWEEN_S)
            for number in range(1, changes + 1):
                name = NAMES[number % len(NAMES)]
                await deployer.deploy(name)
                await load.pause(BETWEEN_S)
                await deployer.roll_back(name)
                await load.pause(BETWEEN_S)
                ledger = deployer.ledger
                say(f"{number}/{changes} {name}: so far {ledger.asked.total()} asked, {len(ledger.failures)} failed")
        ledger = deployer.ledger
        return Outcome(
            deployer.changes, dict(ledger.asked), dict(ledger.answered), ledger.failures, dict(load.seen), ledger.now()
        )


class Deployer:
    """Deploys versions of its own making, and points back at them; `stories` are those of the functions by name."""

    def __init__(self, admin: Admin, ledger: Ledger) -> None:
        self._admin, self.ledger = admin, ledger
        self._modules, self._numbers = modules(), 0
        self._versions: dict[str, dict[str, str]] = {name: {} for name in NAMES}
        self._random = random.Random(7)
        self.stories: dict[str, Story] = {}
        self.changes: list[Change] = []

    async def deploy(self, name: str) -> None:
        """Deploy a version that nobody has seen: its module is another one, and so is what it answers."""
        self._numbers += 1
        number, answer = self._numbers, f"{name} {self._numbers}"
        if name in self.stories:
            self.stories[name].begin(answer)
        metadata, wasm = {"name": name, "config": answer}, stamped(self._modules[name], number)
        begun, answered = monotonic(), self.ledger.answered.total()
        version = await self._admin.deploy(metadata, wasm)
        self._versions[name][answer] = version
        if name not in self.stories:
            self.stories[name] = Story(answer)
            return
        self._done(name, Change("deploy", monotonic() - begun, self.ledger.answered.total() - answered))

    async def roll_back(self, name: str) -> None:
        """Point at one of those that were deployed before."""
        story = self.stories[name]
        answer = self._random.choice([each for each in self._versions[name] if each != story.latest])
        story.begin(answer)
        begun, answered = monotonic(), self.ledger.answered.total()
        await self._admin.roll_back(name, self._versions[name][answer])
        self._done(name, Change("rollback", monotonic() - begun, self.ledger.answered.total() - answered))

    def _done(self, name: str, change: Change) -> None:
        self.stories[name].settle()
        self.changes.append(change)
        self.ledger.during = f"{change.what} of {name}"


def begin(load: Load, public: Place, stories: Mapping[str, Story]) -> None:
    """Start clients that go on asking, most of them without a pause."""
    named, waiting = Version("/named", stories[AT_ONCE]), Version("/waiting", stories[WAITING])
    by_path = Version(f"/fn/{AT_ONCE}", stories[AT_ONCE])
    load.start("function, kept", keeping(public, named, AT_ONCE_PAUSE_S), 4)
    load.start("function by path, kept", keeping(public, by_path, AT_ONCE_PAUSE_S), 2)
    load.start("function, new connection", once(public, named, AT_ONCE_PAUSE_S), 3)
    load.start("function that waits, kept", keeping(public, waiting, AT_ONCE_PAUSE_S), 8)
    load.start("function that waits, new connection", once(public, waiting, AT_ONCE_PAUSE_S), 2)
    load.start("proxied, kept", keeping(public, Page("/plain/{n}"), AT_ONCE_PAUSE_S), 2)
