"""Addresses where nobody answers, each in its own way."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


def closed_address() -> str:
    """Return an address where connections are refused: a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@asynccontextmanager
async def deaf_address() -> AsyncIterator[str]:
    """Give the address of a socket whose queue is full, so that connecting to it hangs."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        queued = []
        for _ in range(4):
            each = socket.socket()
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
            queued.append(each)
        await asyncio.sleep(0.05)
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        for each in queued:
            each.close()
