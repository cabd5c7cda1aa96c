"""Serves a demo origin: alone, or from a thread beside something else."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web

from proxy.sockets import open_socket
from proxy.upstream.address import Address

SHUTDOWN_S: Final = 0.5
"""What answers under way get at the end; an event stream would go on for as long."""


def serve(address: str, application: web.Application) -> None:
    """Serve until SIGTERM or Ctrl-C; raises StartError where the address can't be had."""
    opened = open_socket(Address.parse(address))
    print(f"The demo origin is on http://{address}", flush=True)
    web.run_app(application, sock=opened, print=None, access_log=None, shutdown_timeout=SHUTDOWN_S)


@contextmanager
def serving(address: str, application: web.Application) -> Iterator[None]:
    """Serve while the block runs; raises StartError where the address can't be had."""
    opened = open_socket(Address.parse(address))
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=_run, args=(loop, application, opened, stop), name="demo origin", daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def _run(
    loop: asyncio.AbstractEventLoop, application: web.Application, opened: socket.socket, stop: asyncio.Event
) -> None:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(_serve_until(application, opened, stop))


async def _serve_until(application: web.Application, opened: socket.socket, stop: asyncio.Event) -> None:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        await web.SockSite(runner, opened).start()
        await stop.wait()
    finally:
        await runner.cleanup()
