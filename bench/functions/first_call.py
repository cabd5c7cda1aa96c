"""How long the first request takes that a function answers, after a deploy and after a restart."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import uvloop

from bench.functions.admin import Admin, stamped
from bench.functions.arrivals import Asker
from bench.functions.site import GREETING, HELLO_FILE, Site, expect_body, route
from bench.peers.peer import Server
from bench.process import Cores

FOLLOWING: Final = 200


@dataclass(frozen=True)
class First:
    """In milliseconds: what the first request took, and the median of those that followed it."""

    first_ms: float
    median_ms: float


@dataclass(frozen=True)
class FirstCalls:
    deploys: Sequence[First]
    restarts: Sequence[First]


def longer_ms(firsts: Sequence[First]) -> float:
    """Return how much longer than the median the first one took, in the worst case."""
    return max(each.first_ms - each.median_ms for each in firsts)


def usual_ms(firsts: Sequence[First]) -> float:
    return median(each.first_ms - each.median_ms for each in firsts)


def deployed_site(directory: Path, cores: Cores) -> Site:
    """Have a site whose `hello` is deployed, not configured."""
    return Site(directory, cores, {"functions": {"store": "functions"}, "routes": [route("hello")]})


def measure(directory: Path, deploys: int, restarts: int, cores: Cores) -> FirstCalls:
    """Deploy another module each time, and ask for it at once; then start anew, and ask again."""
    site = deployed_site(directory, cores)
    with site.running() as server:
        after_deploys = uvloop.run(deploy_and_ask(server, deploys))
    after_restarts = []
    for _ in range(restarts):
        with site.running() as server:
            after_restarts.append(uvloop.run(ask_afresh(server)))
    return FirstCalls(after_deploys, after_restarts)


async def deploy_and_ask(server: Server, deploys: int) -> list[First]:
    hello, asker = HELLO_FILE.read_bytes(), Asker(server.port)
    try:
        async with Admin(server.admin_port) as admin:
            await asker.connect(1)
            firsts = []
            for number in range(deploys):
                await admin.deploy({"name": "hello"}, stamped(hello, number))
                firsts.append(await first_and_following(asker))
            return firsts
    finally:
        await asker.close()


async def ask_afresh(server: Server) -> First:
    asker = Asker(server.port)
    try:
        await asker.connect(1)
        return await first_and_following(asker)
    finally:
        await asker.close()


async def first_and_following(asker: Asker) -> First:
    first_ms, *following_ms = [await _timed_ms(asker) for _ in range(1 + FOLLOWING)]
    return First(first_ms, median(following_ms))


async def _timed_ms(asker: Asker) -> float:
    begun = time.perf_counter()
    body = await asker.ask("/hello")
    taken_ms = (time.perf_counter() - begun) * 1000
    expect_body("/hello", body, GREETING)
    return taken_ms
