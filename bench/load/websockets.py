"""WebSocket clients: each says something, hears it back, and goes on for a while."""

from __future__ import annotations

import asyncio

from bench.load import frames
from bench.load.connection import PATIENCE_S, Connection, Place, request
from bench.load.ledger import Wrong
from bench.load.load import Client, Load


def echoing(place: Place, lasts_s: float, pause_s: float, path: str = "/echo") -> Client:
    """Hold one session after the other; each echo counts as a request."""

    async def client(load: Load, kind: str) -> None:
        while load.going:
            session = Session(load, kind, place, path)
            ends_s = load.ledger.now() + load.random.uniform(0, lasts_s)
            if await session.open():
                while load.going and load.ledger.now() < ends_s and await session.say():
                    await load.pause(pause_s)
            await session.close()
            await load.pause(pause_s)

    return client


class Session:
    """One WebSocket. What is asked of it tells whether it was answered, and goes into the ledger."""

    def __init__(self, load: Load, kind: str, place: Place, path: str = "/echo") -> None:
        self._load, self._kind, self._place, self._path = load, kind, place, path
        self._connection: Connection | None = None
        self._stands = False

    async def open(self) -> bool:
        key = frames.new_key()
        switch = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        with self._load.ledger.asking(self._kind) as asking:
            self._connection = await self._load.connect(asking, self._place)
            await self._connection.send(request("GET", self._path, {**switch, "Sec-WebSocket-Key": key}))
            head = await self._connection.head()
            if (head.status, head.fields.get("sec-websocket-accept")) != (101, frames.accept(key)):
                raise Wrong(f"{head.status} is no WebSocket")
        self._set(asking.answered)
        return asking.answered

    def _set(self, stands: bool) -> None:
        self._load.open_websockets += stands - self._stands
        self._stands = stands

    async def say(self) -> bool:
        """Send a text and hear it back; not where the session is broken already."""
        return self._stands and await self._exchange(frames.TEXT, f"said {self._load.number()}".encode())

    async def _exchange(self, opcode: int, payload: bytes) -> bool:
        with self._load.ledger.asking(self._kind) as asking:
            assert self._connection is not None
            asking.over = self._connection
            await self._connection.send(frames.frame(opcode, payload, masked=True))
            async with asyncio.timeout(PATIENCE_S):
                heard = await frames.read_frame(self._connection.reader)
            if heard != (opcode, payload):
                raise Wrong(f"{heard} instead of {(opcode, payload)}")
        self._set(asking.answered)
        return asking.answered

    async def close(self) -> None:
        """Say goodbye, which counts too, where the session still stands."""
        if self._stands:
            await self._exchange(frames.CLOSE, b"\x03\xe8")
        self._set(False)
        if self._connection is not None:
            await self._connection.close()
