"""Requests kept as lines of JSON, and a client that sends them byte for byte and says what became of them."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.origin import FakeOrigin
from kit.proxy import in_front_of

REFUSED = frozenset({400, 403, 405, 431, 501})
"""What a guarded site answers to an attack: the WAF's 403, or what the parser before it says to a broken message."""
PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Sent:
    """One request; `target` and `headers` are as they stood on the wire, in Latin-1.

    Content-Length is among the headers only where the test is about it.
    """

    name: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def wire(self) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        names = {name.lower() for name, _ in self.headers}
        if "host" not in names:
            lines.insert(1, "Host: playhouse.example")
        if self._needs_length() and not names & {"content-length", "transfer-encoding"}:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body

    def _needs_length(self) -> bool:
        return bool(self.body) or self.method in {"POST", "PUT", "PATCH"}


def line_of(sent: Sent) -> str:
    """Write a request as one line of JSON; a body that is not text is in base64."""
    entry: dict[str, Any] = {"name": sent.name, "method": sent.method, "target": sent.target, "headers": sent.headers}
    try:
        entry["body"] = sent.body.decode()
    except UnicodeDecodeError:
        entry["base64"] = base64.b64encode(sent.body).decode()
    return json.dumps(entry, ensure_ascii=False)


def requests_in(file: Path) -> Iterator[Sent]:
    """Read what `line_of` wrote."""
    for line in file.read_text().splitlines():
        entry = json.loads(line)
        body = base64.b64decode(entry["base64"]) if "base64" in entry else entry.get("body", "").encode()
        headers = tuple((name, value) for name, value in entry.get("headers", ()))
        yield Sent(entry["name"], entry["method"], entry["target"], headers, body)


async def status_of(address: tuple[str, int], sent: Sent) -> int:
    """Send a request on a connection of its own; returns the final status, 400 for a close without one."""
    async with asyncio.timeout(PATIENCE_S):
        reader, writer = await asyncio.open_connection(*address)
        try:
            writer.write(sent.wire())
            return await _final_status(reader)
        finally:
            writer.close()


async def _final_status(reader: asyncio.StreamReader) -> int:
    """Return the first status that is not 1xx; 101 is final."""
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionResetError):
            return 400
        status = int(head.split(b" ", 2)[1])
        if status >= 200 or status == 101:
            return status


def guarded(origin: FakeOrigin | str, **options: Any) -> str:
    """Write the configuration of a listener whose only route has a `waf` filter with these options."""
    return in_front_of(
        origin,
        filters={"waf": {"type": "waf", "rules": "builtin", "mode": "enforce", "paranoia": 1, **options}},
        route={"filters": ["waf"]},
    )
