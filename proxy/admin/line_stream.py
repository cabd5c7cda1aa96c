"""What a function logs, as a stream of server-sent events (HTML Standard §9.2) that ends with the admin."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Final

from aiohttp import hdrs, web

from proxy.admin.endpoint import EVENTS
from proxy.function_log import Follower, Line

HEARTBEAT_S: Final = 15.0
"""A comment keeps proxies on the way from taking silence for the end, and finds out who has left."""
STUCK_S: Final = 30.0
"""Who reads nothing for so long is not there."""

HEARTBEAT: Final = b": \n\n"


def events(lines: Sequence[Line], lost: int) -> bytes:
    """Write lines as events `line`, after an event `lost` where some were."""
    told = [f"event: lost\ndata: {json.dumps({'lines': lost})}\n\n"] if lost else []
    told += [f"id: {line['id']}\nevent: line\ndata: {json.dumps(line)}\n\n" for line in lines]
    return "".join(told).encode()


async def stream(request: web.Request, follower: Follower, end: asyncio.Event) -> web.StreamResponse:
    """Answer with what a follower is given until the client leaves, or the end comes."""
    answer = web.StreamResponse(headers={hdrs.CONTENT_TYPE: EVENTS})
    await answer.prepare(request)
    over = asyncio.create_task(end.wait(), name="end of a stream")
    try:
        await _pass_on(answer, follower, over)
    except (ConnectionError, TimeoutError):
        if request.transport is not None:
            request.transport.abort()  # It left, or reads nothing.
    finally:
        over.cancel()
    return answer


async def _pass_on(answer: web.StreamResponse, follower: Follower, over: asyncio.Task[object]) -> None:
    await answer.write(HEARTBEAT)  # The head goes with it.
    while not over.done():
        news = asyncio.create_task(follower.take(), name="news of a function")
        try:
            await asyncio.wait({news, over}, timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
            told = events(*news.result()) if news.done() else HEARTBEAT
        finally:
            news.cancel()
        async with asyncio.timeout(STUCK_S):
            await answer.write(told)
