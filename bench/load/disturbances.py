"""What befalls a proxy under load: reloads, kills, upgrades, new certificates, each at an awkward moment.

At each moment an upload is half read, a WebSocket is open, and connections wait that a worker has not accepted: it is
stopped until they do.
"""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from cryptography import x509

from bench.load import kernel
from bench.load.certificates import Authority
from bench.load.connection import Place
from bench.load.documents import Ports, document, faulty, has_extra
from bench.load.ledger import Death, Wrong
from bench.load.load import Load
from bench.load.moment import Moment, Seen
from bench.load.origin import Origin
from bench.load.penstock import Penstock
from bench.process import BenchError

What: TypeAlias = Literal[
    "reload", "refused reload", "certificates", "drain", "upgrade", "kill", "kill during a reload"
]

STANDING_S: Final = 0.3
HANDSHAKES: Final = 6
"""After certificates were renewed; each worker gets some of so many."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One disturbance: what was seen of the moment, how long it took, and how many connections a killed worker held."""

    what: What
    took_s: float
    held: int
    moment: Seen


class Disturber:
    """Does one thing after the other to a proxy that a load asks. `deaths` are those of the workers that it killed."""

    def __init__(self, penstock: Penstock, load: Load, origin: Origin, authority: Authority, ports: Ports) -> None:
        self._penstock, self._load, self._origin = penstock, load, origin
        self._authority, self._ports = authority, ports
        self._number = 0
        self.deaths: list[Death] = []
        self.happened: list[Happened] = []
        self._leaving: set[int] = set()
        self._acts: Mapping[What, Callable[[int], Awaitable[None]]] = {
            "reload": self._reload,
            "refused reload": self._refuse,
            "kill": self._kill,
            "kill during a reload": self._kill_and_reload,
            "drain": self._drain,
            "upgrade": self._upgrade,
            "certificates": self._renew,
        }

    async def befall(self, what: What) -> None:
        """Do one thing at a moment that is made awkward, and wait until all is as it should be again."""
        load, ledger, deaths = self._load, self._load.ledger, len(self.deaths)
        ledger.during = what
        moment = Moment(load, self._origin, self._penstock, self._ports)
        async with moment:
            victim = load.random.choice(await self._penstock.workers())
            kernel.stop(victim)
            try:
                await moment.queue()
                seen = moment.now()
                await self._acts[what](victim)
            finally:
                kernel.go_on(victim)
        await self._penstock.until(lambda: self._leaving.isdisjoint(self._penstock.family()), "what is old has ended")
        await self._penstock.until_ready(without=self._leaving)
        held, took_s = sum(len(death.held) for death in self.deaths[deaths:]), ledger.now() - seen.at_s
        self.happened.append(Happened(what, took_s, held, seen))

    def _stand_a_while(self, pid: int) -> None:
        asyncio.get_running_loop().call_later(STANDING_S, kernel.go_on, pid)

    # -- what can happen

    async def _reload(self, victim: int) -> None:
        self._stand_a_while(victim)
        await self._take_next()

    async def _take_next(self) -> None:
        """Put the next configuration in force; from then on every answer is its own."""
        self._number += 1
        extra = self._ports.extra
        if not has_extra(self._number):
            self._load.closed.add(extra)
        self._penstock.write(document(self._number, self._ports))
        await self._ask_for_reload("reloaded")
        self._load.generation = self._load.newest = self._number
        if has_extra(self._number):
            self._load.closed.discard(extra)

    async def _ask_for_reload(self, outcome: str) -> None:
        """Have the configuration read anew, by the admin or by a signal."""
        by = self._load.random.choice((self._penstock.reload, self._penstock.reload_by_signal))
        if (told := await by()) != outcome:
            raise BenchError(f"the configuration was {told}, not {outcome}\n{self._penstock.log_tail()}")

    async def _refuse(self, victim: int) -> None:
        """Offer a faulty configuration: nothing may change."""
        self._stand_a_while(victim)
        self._penstock.write(faulty(self._number, self._ports))
        await self._ask_for_reload("refused")
        if await self._penstock.metric("config_last_reload_successful") != 0:
            raise BenchError("a refused reload is not told")
        self._penstock.write(document(self._number, self._ports))

    async def _kill(self, victim: int) -> None:
        """Kill a worker that stands still, so that what it holds is known exactly."""
        held = kernel.held(kernel.socket_inodes(victim), self._ports.listening, kernel.sockets())
        self.deaths.append(Death(victim, self._load.ledger.now(), held))
        os.kill(victim, signal.SIGKILL)
        self._leaving.add(victim)

    async def _kill_and_reload(self, victim: int) -> None:
        reloading = asyncio.create_task(self._take_next())
        await self._load.pause(STANDING_S)
        await self._kill(victim)
        await reloading

    async def _drain(self, victim: int) -> None:
        """Have a worker end with its last exchange, and another take its place."""
        self._stand_a_while(victim)
        os.kill(victim, signal.SIGTERM)
        self._leaving.add(victim)

    async def _upgrade(self, victim: int) -> None:
        """Have a new supervisor and new workers take over."""
        self._stand_a_while(victim)
        before = self._penstock.supervisor
        workers = await self._penstock.workers()
        self._penstock.signal(signal.SIGUSR2)
        await self._penstock.until(lambda: self._penstock.supervisors() not in ([before], []), "another is started")
        await self._penstock.until_ready(without=workers)
        self._leaving.add(before)

    async def _renew(self, victim: int) -> None:
        """Put new certificates in place; from then on every whole handshake shows the new one."""
        self._stand_a_while(victim)
        self._authority.renew()
        await self._ask_for_reload("reloaded")
        for _ in range(HANDSHAKES):
            await self._see_certificate()

    async def _see_certificate(self) -> None:
        place = Place(self._ports.secure, self._authority.trusting())
        with self._load.ledger.asking("new certificate") as asking:
            connection = await self._load.connect(asking, place)
            shown = serial(connection.tls)
            await connection.close()
            if shown != self._authority.serial:
                raise Wrong("an old certificate is shown")


def serial(tls: ssl.SSLObject | None) -> int:
    """Return the serial number of the certificate that a server has shown."""
    shown = None if tls is None else tls.getpeercert(binary_form=True)
    if shown is None:
        raise Wrong("no certificate is shown")
    return x509.load_der_x509_certificate(shown).serial_number
