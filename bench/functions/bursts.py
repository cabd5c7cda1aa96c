"""Bursts of requests, from a process of their own: `python -m bench.functions.bursts PORT PATH COUNT SECONDS`."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Final

import uvloop

from bench.functions.arrivals import Asker
from proxy.runtime import monotonic

PAUSE_S: Final = 0.2
"""Between two bursts, so that each meets a worker that has done with the last."""
WARM_UPS: Final = 2


async def bursts(port: int, path: str, count: int, seconds: float) -> list[float]:
    """Ask for so many at once over kept connections, again and again; returns the milliseconds that each burst took."""
    asker = Asker(port)
    try:
        await asker.connect(count)
        for _ in range(WARM_UPS):
            await burst(asker, path, count)
        begun, taken = monotonic(), []
        while monotonic() - begun < seconds:
            taken.append(await burst(asker, path, count))
            await asyncio.sleep(PAUSE_S)
        return taken
    finally:
        await asker.close()


async def burst(asker: Asker, path: str, count: int) -> float:
    """Ask for all at once; returns the milliseconds until the last is answered."""
    begun = monotonic()
    await asyncio.gather(*(asker.ask(path) for _ in range(count)))
    return (monotonic() - begun) * 1000


if __name__ == "__main__":
    port, path, count, seconds = sys.argv[1:]
    print(json.dumps(uvloop.run(bursts(int(port), path, int(count), float(seconds)))))
