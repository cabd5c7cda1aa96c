"""What a long body costs in memory: `python -m bench.memory` sends 1 GiB each way through Penstock to a slow reader.

The origin is a process of its own and the client this one, so the figures are those of Penstock alone, its worker and
its supervisor together.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import click
import yaml

from bench.peers.peer import Place
from bench.peers.penstock import Penstock, configuration
from bench.process import BenchError, Process, free_port, memory_bytes
from bench.streaming import Pace, Received, download, expected, upload
from bench.table import as_markdown, as_text
from bench.works import Work

Direction = Literal["down", "up"]

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
MIB = 1024 * 1024
SIZE_BYTES = 1024 * MIB
MAX_GROWTH_BYTES = 16 * MIB
SLOW = Pace(stall_s=1.0, bytes_per_s=64 * MIB)
"""A tenth of what the fast side can do; in the stall a proxy without backpressure would swallow the body whole."""

WARM_UP_BYTES = 256 * 1024
SAMPLE_PERIOD_S = 0.02


@dataclass(frozen=True)
class Growth:
    """The resident memory of all Penstock's processes: before a transfer, at most during it, and after it."""

    direction: Direction
    size_bytes: int
    before_bytes: int
    peak_bytes: int
    after_bytes: int
    seconds: float

    @property
    def grown_bytes(self) -> int:
        return self.peak_bytes - self.before_bytes


class Watch:
    """Samples the resident memory of some processes while something else runs on the loop."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._pids = pids
        self.before_bytes = self.peak_bytes = self.now_bytes()

    def now_bytes(self) -> int:
        return sum(memory_bytes(pid, "VmRSS") for pid in self._pids)

    async def run(self) -> None:
        while True:
            self.peak_bytes = max(self.peak_bytes, self.now_bytes())
            await asyncio.sleep(SAMPLE_PERIOD_S)


def measure(direction: Direction, size_bytes: int = SIZE_BYTES, pace: Pace = SLOW) -> Growth:
    """Start Penstock and an origin and send one body; raises BenchError where it does not arrive whole."""
    with tempfile.TemporaryDirectory(prefix="penstock-memory-") as directory, running(Path(directory)) as penstock:
        return asyncio.run(transfer(direction, penstock, size_bytes, pace))


@contextmanager
def running(directory: Path) -> Iterator[Process]:
    port = free_port()
    command = [sys.executable, "-m", "bench.streaming", str(port)]
    with Process("origin", command, directory, port, environment={"PYTHONPATH": str(ROOT)}) as origin:
        origin.wait_until_listening()
        place = Place(directory, free_port(), free_port(), port)
        (directory / "penstock.yaml").write_text(yaml.safe_dump(long_bodies(place)))
        with Process("penstock", Penstock().command(place), directory, place.port) as penstock:
            penstock.wait_until_listening()
            yield penstock


def long_bodies(place: Place) -> dict[str, object]:
    document = configuration(Work("memory", "long bodies"), place)
    document["listeners"][0]["limits"] = {"body_bytes": "4GiB"}
    return document


async def transfer(direction: Direction, penstock: Process, size_bytes: int, pace: Pace) -> Growth:
    """Send a small body first, so that what is allocated once does not count."""
    send = download if direction == "down" else upload
    await send(penstock.port, WARM_UP_BYTES, Pace())
    wanted = await asyncio.to_thread(expected, size_bytes)
    watch = Watch(penstock.family())
    sampling = asyncio.create_task(watch.run())
    started = asyncio.get_running_loop().time()
    received = await send(penstock.port, size_bytes, pace)
    seconds = asyncio.get_running_loop().time() - started
    sampling.cancel()
    check_whole(direction, received, wanted)
    return Growth(direction, size_bytes, watch.before_bytes, watch.peak_bytes, watch.now_bytes(), seconds)


def check_whole(direction: Direction, received: Received, wanted: Received) -> None:
    if received != wanted:
        raise BenchError(f"{direction}: {received} arrived, {wanted} was sent")


def grid(growths: Sequence[Growth]) -> list[list[str]]:
    heading = ["body", "before MiB", "peak MiB", "after MiB", "grown MiB", "seconds"]
    return [heading, *(line(growth) for growth in growths)]


def line(growth: Growth) -> list[str]:
    sizes = (growth.before_bytes, growth.peak_bytes, growth.after_bytes, growth.grown_bytes)
    title = f"{growth.size_bytes // MIB} MiB {growth.direction}"
    return [title, *(f"{size / MIB:.1f}" for size in sizes), f"{growth.seconds:.1f}"]


@click.command()
@click.option("--mebibytes", type=click.IntRange(1), default=SIZE_BYTES // MIB, show_default=True, help="Body size.")
def main(mebibytes: int) -> None:
    """Measure how Penstock's resident memory grows under a long body to a slow reader, down and up."""
    growths = [measure("down", mebibytes * MIB), measure("up", mebibytes * MIB)]
    lines = grid(growths)
    click.echo(as_text(lines, left=1))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "memory.md").write_text(as_markdown(lines, left=1) + "\n")
    (RESULTS / "memory.json").write_text(json.dumps([asdict(growth) for growth in growths], indent=1) + "\n")
    if any(growth.grown_bytes >= MAX_GROWTH_BYTES for growth in growths):
        raise click.ClickException(f"resident memory grew by {MAX_GROWTH_BYTES // MIB} MiB or more")


if __name__ == "__main__":
    main()
