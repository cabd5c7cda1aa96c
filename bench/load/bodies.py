"""Clients of long bodies: uploads that are half sent for a while, downloads that take their time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from bench.load.connection import PATIENCE_S, Place, request
from bench.load.ledger import Wrong
from bench.load.load import Client, Load
from bench.load.pages import CLOSE
from bench.streaming import Pace, expected, pieces, receive

Halfway = Callable[[], Awaitable[object]]


def uploading(place: Place, size_bytes: int, hold_s: float, pause_s: float, path: str = "/up") -> Client:
    """Send half a body, wait a while, and send the rest."""

    async def client(load: Load, kind: str) -> None:
        while load.going:
            await upload(load, kind, place, f"{path}/{load.number()}", size_bytes, lambda: load.pause(hold_s))
            await load.pause(pause_s)

    return client


async def upload(load: Load, kind: str, place: Place, target: str, size_bytes: int, halfway: Halfway) -> bool:
    """Send one body over a connection of its own, and await something between its halves; tells of success."""
    body, told = b"".join(pieces(size_bytes)), json.dumps(asdict(expected(size_bytes))).encode()
    connection = None
    with load.ledger.asking(kind) as asking:
        connection = await load.connect(asking, place)
        await connection.send(request("POST", target, CLOSE, size_bytes) + body[: size_bytes // 2])
        await halfway()
        await connection.send(body[size_bytes // 2 :])
        answer = await connection.answer()
        if (answer.head.status, answer.body) != (200, told):
            raise Wrong(f"{answer.head.status}: {answer.body[:80]!r} instead of {told!r}")
    if connection is not None:
        await connection.close()
    return asking.answered


def downloading(place: Place, size_bytes: int, takes_s: float, pause_s: float, path: str = "/down") -> Client:
    """Read a long body so slowly that it takes a while."""
    wanted = expected(size_bytes)
    pace = Pace(bytes_per_s=size_bytes / takes_s)

    async def client(load: Load, kind: str) -> None:
        while load.going:
            connection = None
            with load.ledger.asking(kind) as asking:
                connection = await load.connect(asking, place)
                await connection.send(request("GET", f"{path}/{size_bytes}", CLOSE))
                head = await connection.head()
                async with asyncio.timeout(takes_s + PATIENCE_S):
                    received = await receive(connection.reader, head.length, pace)
                if (head.status, received) != (200, wanted):
                    raise Wrong(f"{head.status}: {received} instead of {wanted}")
            if connection is not None:
                await connection.close()
            await load.pause(pause_s)

    return client
