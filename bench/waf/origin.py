"""The origin behind the judged servers: `python -m bench.waf.origin PORT`.

It answers as CRS's own does (https://github.com/coreruleset/albedo): POST /reflect takes an answer in JSON, with the
members status, headers, body and encodedBody, and gives it; all else is answered with 200.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from bench.oracle.wire import read_body, read_head
from bench.process import Process, free_port

MARK: Final = "X-From-Origin"
"""The header that tells the origin's answers from a server's own."""

ROOT: Final = Path(__file__).parents[2]
FRAMING: Final = {"connection", "content-length", "transfer-encoding"}


def answer(method: str, target: str, body: bytes) -> bytes:
    """Write what the origin answers to a request."""
    if method == "POST" and target.partition("?")[0].rstrip("/") == "/reflect":
        try:
            return reflected(json.loads(body), method)
        except (ValueError, AttributeError):
            return message(400, {}, b"that is no answer in JSON\n", method)
    return message(200, {}, b"", method)


def reflected(wanted: Mapping[str, Any], method: str) -> bytes:
    """Write the answer that is asked for; raises ValueError or AttributeError where none is."""
    headers = {name: str(value) for name, value in wanted.get("headers", {}).items() if name.lower() not in FRAMING}
    body = wanted.get("body", "").encode() or base64.b64decode(wanted.get("encodedBody", ""))
    return message(int(wanted.get("status", 200)), headers, body, method)


def message(status: int, headers: Mapping[str, str], body: bytes, method: str) -> bytes:
    """Write a whole response, its type guessed where it names none, as Go's servers do."""
    lines = [f"HTTP/1.1 {status} {phrase(status)}", f"{MARK}: yes", "Connection: close"]
    if body and "content-type" not in {name.lower() for name in headers}:
        kind = "html" if body.lstrip().startswith(b"<") else "plain"
        lines.append(f"Content-Type: text/{kind}; charset=utf-8")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + (b"" if method == "HEAD" else body)


def phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unnamed"


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request and close."""
    with suppress(ConnectionError):
        if (head := await read_head(reader)) is not None:
            start, headers = head
            body, _ = await read_body(reader, headers)
            method, target, *_ = start.split(" ")
            writer.write(answer(method, target, body))
            await writer.drain()
    writer.close()


async def run(port: int) -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=1 << 20)
    await server.serve_forever()


def start_origin(directory: Path) -> Process:
    """Start the origin as a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "bench.waf.origin", str(port)]
    origin = Process("origin", command, directory, port, environment={"PYTHONPATH": str(ROOT)})
    origin.wait_until_listening()
    return origin


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1])))
