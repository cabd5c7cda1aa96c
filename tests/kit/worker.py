"""One real worker, started by hand."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kit.supervised import KIT, PATIENCE_S
from proxy.runtime import spawn
from proxy.sockets import bound_address, open_socket
from proxy.upstream.address import Address
from proxy.worker_process import WorkerProcess

COMMAND = [sys.executable, "-P", str(KIT / "answering_worker.py")]


@asynccontextmanager
async def started(behaviour: str = "serve", order: object = None) -> AsyncIterator[tuple[WorkerProcess, str]]:
    """Run a worker, from when it is ready or has ended; gives it and its URL. Its one listener is called `test`."""
    ready = asyncio.Event()
    with open_socket(Address.parse("127.0.0.1:0")) as opened:
        worker = await WorkerProcess.start(0, [*COMMAND, behaviour], {"test": opened}, ready.set)
        worker.on_built = lambda worker: spawn(worker.commit(1, {opened}), "opening of a worker")
        worker.configure({"generation": 1, "order": order, "ticket_key": ""})
        ends = [asyncio.ensure_future(ready.wait()), asyncio.ensure_future(worker.ended())]
        try:
            await asyncio.wait(ends, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
            yield worker, f"http://{bound_address(opened)}"
        finally:
            worker.kill()
            ends[0].cancel()
            await ends[1]
