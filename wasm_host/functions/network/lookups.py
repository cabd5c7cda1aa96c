"""DNS, a few names at once: a lookup holds a thread until it ends, for getaddrinfo(3) can't be called off.

The threads are those of the proxy's own lookups, and a function may know names that take long to be answered.
"""

from __future__ import annotations

import asyncio
from typing import Final

from proxy.upstream.resolver import Addresses, Lookup

MOST_OF_A_WORKER: Final = 4
"""asyncio's pool has five threads on the smallest machine."""
MOST_OF_A_FUNCTION: Final = 2
MOST_WAITING: Final = 64


class Lookups:
    """A Lookup over another. It has no time limit: who waits for it has one, and leaves it to end by itself."""

    def __init__(self, lookup: Lookup, most_at_once: int) -> None:
        self._lookup, self._turn = lookup, asyncio.Semaphore(most_at_once)
        self._begun = 0

    async def __call__(self, host: str, port: int) -> Addresses:
        """Return the addresses when it is this name's turn; raises OSError where too many are before it."""
        if self._begun >= MOST_WAITING:
            raise OSError("too many names are being looked up")
        self._begun += 1
        try:
            async with self._turn:
                return await self._lookup(host, port)
        finally:
            self._begun -= 1
