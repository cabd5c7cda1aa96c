"""An awkward moment: an upload is half read, a WebSocket is open, and connections wait that nobody has accepted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from bench.load import kernel
from bench.load.bodies import upload
from bench.load.connection import Place
from bench.load.documents import Ports
from bench.load.load import Load
from bench.load.origin import Origin
from bench.load.pages import Page, ask_once
from bench.load.penstock import Penstock
from bench.load.websockets import Session
from bench.process import BenchError

QUEUED: Final = 6
"""Connections at once: of two workers the one that is stopped gets some of so many."""

MOST_ROUNDS: Final = 6
ARRIVING_S: Final = 0.05
HALF_BYTES: Final = 200_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What there was: requests under way, connections in queues, uploads that the origin has half, open WebSockets."""

    at_s: float
    under_way: int
    queued: int
    half_read: int
    websockets: int


class Moment:
    """Holds it while the block runs; after that all that it began must end well, which goes into the ledger."""

    def __init__(self, load: Load, origin: Origin, penstock: Penstock, ports: Ports) -> None:
        self._load, self._origin, self._penstock, self._ports = load, origin, penstock, ports
        self._over = asyncio.Event()
        self._session = Session(load, "websocket at the moment", Place(ports.public))
        self._tasks: list[asyncio.Task[Any]] = []

    async def __aenter__(self) -> Self:
        await self._session.open()
        name = f"moment-{self._load.number()}"
        self._tasks.append(asyncio.create_task(self._half_upload(f"/up/{name}")))
        await self._penstock.until(lambda: name in self._origin.half_read, "an upload is half read")
        return self

    async def _half_upload(self, target: str) -> None:
        place = Place(self._ports.public)
        await upload(self._load, "upload at the moment", place, target, HALF_BYTES, self._over.wait)

    async def queue(self) -> None:
        """Connect, at each listener, until some wait in the queue of a worker that stands still."""
        places = [Place(port) for port in (self._ports.public, self._ports.extra) if port not in self._load.closed]
        for _ in range(MOST_ROUNDS):
            several = [place for place in places for _ in range(QUEUED)]
            self._tasks += [asyncio.create_task(self._ask(place)) for place in several]
            await asyncio.sleep(ARRIVING_S)
            if self._queued():
                return
        raise BenchError("nothing waits in a queue")

    async def _ask(self, place: Place) -> None:
        await ask_once(self._load, "queued", place, Page("/plain/200/queued-{n}", size_bytes=200))

    def _queued(self) -> int:
        return kernel.waiting(self._ports.listening, kernel.sockets())

    def now(self) -> Seen:
        ledger = self._load.ledger
        half_read, websockets = len(self._origin.half_read), self._load.open_websockets
        return Seen(ledger.now(), len(ledger.under_way), self._queued(), half_read, websockets)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        if error is not None:
            for task in self._tasks:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=error is not None)
        await self._session.say()
        await self._session.close()
