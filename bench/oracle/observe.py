"""One scenario on one host: started, asked, and what could be seen of it from outside."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.oracle.client import ask
from bench.oracle.host import GUEST_FILE, Host, Place
from bench.oracle.normal import answered, called, reached
from bench.oracle.origin import Origin
from bench.oracle.scenario import Scenario
from bench.process import BenchError, Process, free_port

Observation = dict[str, list[str]]
"""Lines by section: "start", "answer 1", …, "origin", "calls", "guest"."""

READY_WITHIN_S = 15.0
READY_LOOK_S = 0.05
CALM_S = 0.15
CALM_AT_MOST_S = 3.0


async def observe(scenario: Scenario, host: Host, directory: Path) -> Observation:
    """Run the scenario; raises BenchError where the host does not start for another reason than the guest."""
    origin, calls = Origin(scenario.answers), Origin(scenario.answers)
    with refusing_port() as dead_port:
        async with origin.listening(), calls.listening():
            place = Place(directory, free_port(), origin.port, calls.port, dead_port)
            prepare(scenario, host, place)
            with Process(host.name, host.command(place), directory, place.port) as process:
                observed = await _ask_all(scenario, host, process)
    return observed | {"origin": reached(origin.seen), "calls": called(calls.seen)}


def prepare(scenario: Scenario, host: Host, place: Place) -> None:
    (place.directory / GUEST_FILE).write_bytes(scenario.guest.wasm())
    for name, text in host.files(scenario, place).items():
        (place.directory / name).write_text(text)


async def _ask_all(scenario: Scenario, host: Host, process: Process) -> Observation:
    try:
        await asyncio.to_thread(process.wait_until_listening)
    except BenchError:
        if host.refusal not in process.log():
            raise
        return {"start": ["refused"], "guest": host.lines(process.log(), process.log())}
    await ready(host, process)
    await calm(process)
    started = process.log()
    observed: Observation = {"start": ["serving"]}
    for number, request in enumerate(scenario.asks, 1):
        await asyncio.sleep(request.after_s)
        observed[f"answer {number}"] = answered(await ask(process.port, request))
        await calm(process)
    return observed | {"guest": host.lines(started, process.log())}


async def ready(host: Host, process: Process) -> None:
    """Wait until the host says that it serves; raises BenchError."""
    end = time.monotonic() + READY_WITHIN_S
    while host.ready not in process.log():
        if time.monotonic() > end:
            raise BenchError(f"{host.name} does not get ready:\n{process.log_tail()}")
        await asyncio.sleep(READY_LOOK_S)


async def calm(process: Process) -> None:
    """Wait until the host has written nothing for a while: callbacks go on behind the answer."""
    end = time.monotonic() + CALM_AT_MOST_S
    before = None
    while (now := process.log()) != before and time.monotonic() < end:
        before = now
        await asyncio.sleep(CALM_S)


@contextmanager
def refusing_port() -> Iterator[int]:
    """Hold a port of the loopback that refuses connections: bound, and never listened on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        yield port
