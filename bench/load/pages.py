"""Clients that ask for pages: over connections that are kept, and over a new one each time."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from bench.load.connection import Answer, Connection, Place, Resuming, request
from bench.load.ledger import Wrong
from bench.load.load import Client, Load
from bench.load.messages import read_body
from bench.load.origin import body_of

CLOSE: Final = {"Connection": "close"}


class Question(Protocol):
    """What clients ask, and how its answer is judged. A target is made for each request, right before it is sent."""

    @property
    def method(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...

    def target(self, number: int) -> str: ...

    def check(self, target: str, answer: Answer) -> None:
        """Raise Wrong unless this is an answer to that target."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """What to ask for, and what the answer must be.

    `{n}` in the path is another number each time, of `numbers`. `size_bytes` is of the body that the origin makes of
    the path, None where the body is not its. `statuses` are all that may answer.
    """

    path: str
    fields: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = (200,)
    size_bytes: int | None = None
    numbers: int = 1_000_000_000
    body: bytes = b""

    @property
    def method(self) -> str:
        return "POST" if self.body else "GET"

    def target(self, number: int) -> str:
        return self.path.replace("{n}", str(number % self.numbers))

    def check(self, target: str, answer: Answer) -> None:
        """Raise Wrong unless this is the answer to that target."""
        if answer.head.status not in self.statuses:
            raise Wrong(f"{answer.head.status} for {target}: {answer.body[:80]!r}")
        if self.size_bytes is not None and answer.head.status == 200 and plain(answer) != self._body(target):
            raise Wrong(f"another body for {target}: {answer.body[:80]!r}")

    def _body(self, target: str) -> bytes:
        return body_of(target, self.size_bytes or 0)


def plain(answer: Answer) -> bytes:
    return gzip.decompress(answer.body) if answer.head.fields.get("content-encoding") == "gzip" else answer.body


def keeping(place: Place, page: Question, pause_s: float) -> Client:
    """Ask over one connection as long as that goes."""

    async def client(load: Load, kind: str) -> None:
        kept = Kept(load, kind, place)
        try:
            while load.going:
                await kept.ask(page)
                await load.pause(pause_s)
        finally:
            await kept.close()

    return client


def once(place: Place, page: Question, pause_s: float) -> Client:
    """Ask over a new connection each time, TLS and all."""

    async def client(load: Load, kind: str) -> None:
        while load.going:
            if place.port not in load.closed:
                await ask_once(load, kind, place, page)
            await load.pause(pause_s)

    return client


def cutting(place: Place, target: str, pause_s: float) -> Client:
    """Ask for what the origin breaks off: the answer is to end early too, and never to look whole."""

    async def client(load: Load, kind: str) -> None:
        while load.going:
            connection = None
            with load.ledger.asking(kind) as asking:
                connection = await load.connect(asking, place)
                await connection.send(request("GET", target, CLOSE))
                head = await connection.head()
                with suppress(EOFError, ConnectionError):
                    await read_body(connection.reader, head)
                    raise Wrong("an answer that was broken off looks whole")
            if connection is not None:
                await connection.close()
            await load.pause(pause_s)

    return client


async def ask_once(load: Load, kind: str, place: Place, page: Question) -> Answer | None:
    """Ask over a connection of its own; returns the answer, None where none came or it was wrong."""
    generation, connection, answer = load.generation_at(place), None, None
    with load.ledger.asking(kind) as asking:
        target = page.target(load.number())
        connection = await load.connect(asking, place)
        answer = await connection.ask(page.method, target, {**page.fields, **CLOSE}, page.body)
        page.check(target, answer)
        load.check_generation(answer.head, generation)
        note_session(load, kind, connection, place.tls)
    if connection is not None:
        await connection.close()
    return answer if asking.answered else None


def note_session(load: Load, kind: str, connection: Connection, context: ssl.SSLContext | None) -> None:
    """Count whole and resumed handshakes, and keep the session for the next where the context does."""
    if connection.tls is not None:
        load.seen[f"{kind}: {'resumed' if connection.tls.session_reused else 'whole'} handshakes"] += 1
        if isinstance(context, Resuming):
            context.session = connection.tls.session


class Kept:
    """A keep-alive client: it honours `Connection: close`, and an orderly end while it asks for nothing."""

    def __init__(self, load: Load, kind: str, place: Place) -> None:
        self._load, self._kind, self._place = load, kind, place
        self._connection: Connection | None = None

    async def ask(self, page: Question) -> bool:
        """Ask once; tells whether it was answered. Nothing is asked where nobody may connect now."""
        await self._let_go()
        if self._connection is None and self._place.port in self._load.closed:
            return False
        generation = self._load.generation_at(self._place)
        with self._load.ledger.asking(self._kind) as asking:
            target = page.target(self._load.number())
            if self._connection is None:
                self._connection = await self._load.connect(asking, self._place)
            asking.over = self._connection
            answer = await self._connection.ask(page.method, target, page.fields, page.body)
            page.check(target, answer)
            self._load.check_generation(answer.head, generation)
        if not asking.answered:
            await self.close()
        return asking.answered

    async def _let_go(self) -> None:
        """Give up a connection that may not be used again; one that was reset while it was idle is a failure."""
        connection = self._connection
        if connection is None or connection.usable:
            return
        if (error := connection.why_broken()) is not None:
            with self._load.ledger.asking(self._kind) as asking:
                asking.over = connection
                raise error
        self._load.seen["asked to close" if connection.asked_to_close else "closed while idle"] += 1
        await self.close()

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
