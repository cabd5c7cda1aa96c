"""The load: clients of many kinds that go on asking until they are told to end."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Final, Self, TypeAlias
from weakref import WeakSet

from bench.load.connection import Connection, Place
from bench.load.ledger import Asking, Ledger, Withdrawn, Wrong
from bench.load.messages import Head

GENERATION: Final = "x-generation"
"""The field by which the proxy tells which of the configurations answers."""

ENDING_S: Final = 90.0
"""How long what is under way may take once all are told to end."""

Client: TypeAlias = Callable[["Load", str], Coroutine[Any, Any, None]]


class Load:
    """Clients by kind, each with its place, while the block runs.

    `generation` is the one that every request begun from now on must be answered by, or by a later one; older answers
    than the `newest` are counted in `seen`, with all else that is neither an answer nor a failure. `closed` are
    the ports of listeners that are about to go: nobody connects there, but may go on with the connections there are.
    """

    def __init__(self, ledger: Ledger, *, seed: int = 6) -> None:
        self.ledger = ledger
        self.going = True
        self.generation = self.newest = 0
        self.closed: set[int] = set()
        self.open_websockets = 0
        self.random = random.Random(seed)
        self.seen: Counter[str] = Counter()
        self._numbers = 0
        self._ending = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections: WeakSet[Connection] = WeakSet()

    def start(self, kind: str, client: Client, count: int = 1) -> None:
        for _ in range(count):
            self._tasks.add(asyncio.create_task(client(self, kind), name=f"client {kind}"))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Let every client finish what it has begun; where the block failed, end them at once."""
        self.going = False
        self._ending.set()
        if self._tasks and kind is None:
            await asyncio.wait(self._tasks, timeout=ENDING_S)
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in self._connections:
            connection.abort()
        for error in ends:
            if isinstance(error, Exception) and kind is None:
                raise error

    def number(self) -> int:
        """Return a number that no request had yet."""
        self._numbers += 1
        return self._numbers

    def generation_at(self, place: Place) -> int:
        """Return the one that a request is to meet; a listener that is gone serves by the last that had it."""
        return 0 if place.port in self.closed else self.generation

    def check_generation(self, head: Head, least: int) -> None:
        """Raise Wrong where an older configuration answers than one that was in force before the request began."""
        told = int(head.fields.get(GENERATION, self.newest))
        if told < least:
            raise Wrong(f"generation {told} answered after generation {least} was committed")
        if told < self.newest:
            self.seen["answered by the configuration before"] += 1

    async def pause(self, most_s: float) -> None:
        """Wait a while, less where the load ends."""
        if self.going:
            try:
                await asyncio.wait_for(self._ending.wait(), self.random.uniform(0, most_s))
            except TimeoutError:
                return

    async def connect(self, asking: Asking, place: Place) -> Connection:
        """Open a connection that the request is known to go over from its first byte on.

        Raises Withdrawn where the listener goes meanwhile: the kernel drops who comes while a socket is emptied, and
        refuses the second try, a second later.
        """
        connection = Connection(place, self.ledger)
        asking.over = connection
        self._connections.add(connection)
        try:
            await connection.open()
        except ConnectionRefusedError:
            if place.port not in self.closed:
                raise
            self.seen["refused by a listener that went meanwhile"] += 1
            raise Withdrawn from None
        return connection
