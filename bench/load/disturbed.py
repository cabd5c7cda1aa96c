"""A run: a mixed load on two workers while one thing after the other befalls them, and what became of the requests."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.load.bodies import downloading, uploading
from bench.load.certificates import Authority
from bench.load.connection import Place
from bench.load.disturbances import Disturber, Happened, What
from bench.load.documents import Ports, document
from bench.load.ledger import Failure, Ledger, unexplained
from bench.load.load import Load
from bench.load.origin import Origin
from bench.load.pages import Page, keeping, once
from bench.load.penstock import Penstock
from bench.load.websockets import echoing

BETWEEN_S: Final = 0.5
PAUSE_S: Final = 0.1
WEBSOCKET_S: Final = 8.0
DOWNLOAD_S: Final = 3.0
DOWNLOAD_BYTES: Final = 1_000_000
UPLOAD_BYTES: Final = 150_000


@dataclass(frozen=True)
class Outcome:
    """`failures` are those that nothing excuses, `lost` the requests that went with a killed worker's connections."""

    happened: Sequence[Happened]
    asked: Mapping[str, int]
    answered: Mapping[str, int]
    failures: Sequence[Failure]
    lost: Sequence[Failure]
    seen: Mapping[str, int]
    seconds: float


def schedule(counts: Mapping[What, int], seed: int) -> list[What]:
    """Return everything as often as it is to happen, in an order that a seed stands for."""
    order: list[What] = [what for what, count in counts.items() for _ in range(count)]
    random.Random(seed).shuffle(order)
    return order


async def disturbed(directory: Path, order: Sequence[What], say: Callable[[str], None] = lambda _: None) -> Outcome:
    """Load a proxy while what is ordered befalls it; raises BenchError where that can't be done."""
    async with Origin() as origin:
        ports, authority = Ports.before(origin.port), Authority(directory)
        penstock = Penstock(directory, ports.admin)
        penstock.write(document(0, ports))
        ledger = Ledger()
        async with penstock, Load(ledger) as load:
            begin(load, ports, authority)
            disturber = Disturber(penstock, load, origin, authority, ports)
            await load.pause(BETWEEN_S)
            for number, what in enumerate(order, 1):
                await disturber.befall(what)
                took_s, asked = disturber.happened[-1].took_s, ledger.asked.total()
                failed = len(unexplained(ledger.failures, disturber.deaths))
                say(f"{number}/{len(order)} {what}: {took_s:.1f} s; so far {asked} asked, {failed} failed")
                await load.pause(BETWEEN_S)
        failures = unexplained(ledger.failures, disturber.deaths)
        lost = [each for each in ledger.failures if each not in failures]
        return Outcome(disturber.happened, ledger.asked, ledger.answered, failures, lost, load.seen, ledger.now())


def begin(load: Load, ports: Ports, authority: Authority) -> None:
    """Start clients of every kind."""
    public, extra = Place(ports.public), Place(ports.extra)
    page = Page("/plain/200/{n}", size_bytes=200)
    load.start("kept", keeping(public, page, PAUSE_S), 4)
    load.start("cached", keeping(public, Page("/cached/400/{n}", size_bytes=400, numbers=40), PAUSE_S), 3)
    load.start("new connection", once(public, page, PAUSE_S), 3)
    load.start("half-sent upload", uploading(public, UPLOAD_BYTES, 2.0, PAUSE_S), 2)
    load.start("long download", downloading(public, DOWNLOAD_BYTES, DOWNLOAD_S, PAUSE_S), 2)
    load.start("websocket", echoing(public, WEBSOCKET_S, PAUSE_S), 3)
    load.start("TLS, kept", keeping(Place(ports.secure, authority.trusting()), page, PAUSE_S), 2)
    load.start("TLS, whole handshake", once(Place(ports.secure, authority.trusting()), page, 3 * PAUSE_S))
    load.start("TLS, resumed", once(Place(ports.secure, authority.trusting(resuming=True)), page, 3 * PAUSE_S))
    load.start("kept, listener that comes and goes", keeping(extra, page, PAUSE_S), 2)
    load.start("new connection, listener that comes and goes", once(extra, page, PAUSE_S))
