"""The client: sends a scenario's requests, each on a connection of its own, and keeps what comes back."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from bench.oracle.scenario import Ask
from bench.oracle.wire import MAX_HEAD_BYTES, Message, read_body, read_head, send

TIMEOUT_S = 10.0


async def ask(port: int, request: Ask) -> Message | None:
    """Return the answer; None where the connection closed, or stayed silent, without one, or the client left."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=MAX_HEAD_BYTES)
    start = f"{request.method} {request.target} HTTP/1.1"
    headers = [("Host", request.host), *request.headers]
    sending = asyncio.create_task(send(writer, start, headers, request.body))
    try:
        async with asyncio.timeout(request.leaves_after_s or TIMEOUT_S):
            return await _answer(reader, request.method)
    except TimeoutError:
        return None
    finally:
        sending.cancel()
        # An answer may come before the request's end, and the host may close behind it.
        with suppress(asyncio.CancelledError, ConnectionError):
            await sending
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader, method: str) -> Message | None:
    head = await read_head(reader)
    while head is not None and head[0].split()[1].startswith("1"):
        head = await read_head(reader)
    if head is None:
        return None
    start, headers = head
    bodyless = method == "HEAD" or start.split()[1] in ("204", "304")
    body, whole = (b"", True) if bodyless else await read_body(reader, headers, until_close=True)
    return Message(start, headers, body, whole)
