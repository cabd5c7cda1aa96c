"""A client that may still be sending after it was refused.

What it sends is dropped for a while, unparsed, because closing with unread bytes would reset the connection and take
the answer with it (RFC 9112 §9.6).
"""

from __future__ import annotations

import asyncio
from typing import Final

from proxy.http1.reader_pace import ReaderPace

LINGER_S: Final = 2.0
LINGER_BYTES: Final = 64 * 1024 * 1024


class Lingering:
    """What is still allowed to such a client; made when the answer is out."""

    __slots__ = ("_dropped_bytes", "_pace")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._pace = ReaderPace(transport)
        self._dropped_bytes = 0

    def drop(self, size: int) -> bool:
        """Drop what came; tells whether more may come."""
        self._dropped_bytes += size
        return self._dropped_bytes <= LINGER_BYTES

    def goes_on(self) -> bool:
        """Tell whether the client has read of its answer since the last look, and so gets another while."""
        return self._pace.has_moved()
