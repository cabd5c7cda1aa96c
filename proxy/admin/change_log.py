"""The admin's audit log: one JSON line for each call that changes something, or was to."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from proxy.admin.access import Caller
from proxy.line_sink import Sink
from proxy.runtime import log, wall_clock

WRITE_TIMEOUT_S: Final = 2.0
"""A disk that takes longer must not keep the admin from answering: it may be what somebody wants to mend."""

MODE: Final = 0o600

Outcome: TypeAlias = Literal["done", "refused", "denied", "failed"]


@dataclass(frozen=True, slots=True)
class Change:
    """A call and what came of it; `order` is what was asked for, without secrets, None where it was not looked at."""

    caller: Caller
    address: str
    method: str
    path: str
    order: Mapping[str, Any] | None
    status: int
    id: str

    @property
    def outcome(self) -> Outcome:
        if self.status < 400:
            return "done"
        if self.status in (401, 403, 421, 429):
            return "denied"
        return "refused" if self.status < 500 else "failed"

    def line(self) -> str:
        told = {
            "time": _now(),
            "id": self.id,
            "who": self.caller.name or None,
            "by": self.caller.by,
            "address": self.address,
            "method": self.method,
            "path": self.path,
            "order": self.order,
            "outcome": self.outcome,
            "status": self.status,
        }
        return json.dumps(told, separators=(",", ":")) + "\n"


class ChangeLog:
    """A file that only its owner reads, or stderr. Made with a path that can't be opened it raises StartError."""

    def __init__(self, path: str) -> None:
        self._sink = Sink(path, "admin's audit log", mode=MODE)

    async def write(self, change: Change) -> None:
        """Write a line, and wait until it is written."""
        self._sink.give(change.line().encode("ascii"))
        _, waiting = await asyncio.wait({asyncio.wrap_future(self._sink.written())}, timeout=WRITE_TIMEOUT_S)
        if waiting:
            log.error("the admin's audit log is slow: the line of call %s is not written yet", change.id)

    def reopen(self) -> None:
        """Let a rotated file go."""
        self._sink.reopen()

    def close(self) -> None:
        """Write what is left."""
        self._sink.close()


def without_query(url: str) -> str:
    """Return a URL less its query's values, which often are secrets."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="…" if parts.query else ""))


def _now() -> str:
    now = wall_clock()
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03}Z"
