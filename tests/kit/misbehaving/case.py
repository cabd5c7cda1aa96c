"""What a case of the table of misbehaving origins says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from kit.origin import Script
from kit.wire import Wire, get

ASK = get("/asked")


@dataclass(frozen=True, slots=True)
class Case:
    """What an origin does with one request, and what the client then gets.

    `whole` says whether the answer may look complete; `body` is what must have come of it, None where it is not the
    point. `reusable` says whether the next request may take the same connection. `unheard` origins act on connect,
    without having read a request.
    """

    name: str
    script: Script
    statuses: frozenset[int]
    body: bytes | None = None
    whole: bool = True
    reusable: bool = False
    unheard: bool = False
    asked: bytes = ASK
    method: str = "GET"


def bad(name: str, *said: bytes, then: str = "stay", asked: bytes = ASK, method: str = "GET") -> Case:
    """An answer that the client must not see: 502."""
    return Case(name, says(*said, then=then), frozenset({502}), asked=asked, method=method)


def late(name: str, script: Script, *, unheard: bool = False) -> Case:
    """No final head in time: 504."""
    return Case(name, script, frozenset({504}), unheard=unheard)


def cut(name: str, *said: bytes, body: bytes | None = None, then: str = "stay") -> Case:
    """A good head whose body breaks: 200, and an end that no client can take for a complete answer.

    Where head and fault arrive together, a 502 is as good.
    """
    return Case(name, says(*said, then=then), frozenset({200, 502}), body, whole=False)


def fine(
    name: str,
    *said: bytes,
    body: bytes = b"",
    status: int = 200,
    reusable: bool = False,
    then: str = "stay",
    asked: bytes = ASK,
    method: str = "GET",
) -> Case:
    """An answer that the client gets, whole."""
    return Case(name, says(*said, then=then), frozenset({status}), body, reusable=reusable, asked=asked, method=method)


def says(*said: bytes, then: str = "stay") -> Script:
    """Send the pieces one by one, then `stay`, `close` or `reset`."""

    async def script(wire: Wire) -> None:
        for piece in said:
            await wire.send(piece)
            await asyncio.sleep(0.01 if len(said) > 1 else 0)
        if then == "close":
            wire.close()
        elif then == "reset":
            await asyncio.sleep(0.01)
            wire.reset()

    return script


def over_and_over(piece: bytes, *, first: bytes = b"", every_s: float = 0.0) -> Callable[[Wire], object]:
    """Send a piece until the proxy ends the connection."""

    async def script(wire: Wire) -> None:
        await wire.send(first)
        while wire.ended is None:
            await wire.pour(piece, len(piece))
            await asyncio.sleep(every_s)

    return script


def answer(*fields: bytes, status: bytes = b"HTTP/1.1 200 OK", body: bytes = b"") -> bytes:
    return b"\r\n".join([status, *fields, b"", b""]) + body


OK = b"HTTP/1.1 200 OK"
CHUNKED = b"Transfer-Encoding: chunked"
LENGTH_5 = b"Content-Length: 5"
WHOLE = b"5\r\nhello\r\n0\r\n\r\n"
