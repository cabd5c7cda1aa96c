"""What every compared proxy has: a command, a configuration for each work, and a way to be started."""

from __future__ import annotations

import shutil
import subprocess
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.guests import compiled
from bench.process import BenchError, Cores, Process, free_port
from bench.works import Work

GUEST = "header_filter"
GUEST_FILE = f"{GUEST}.wasm"


class Missing(BenchError):
    """A peer cannot be had on this machine; the text says how it could be."""


@dataclass(frozen=True)
class Place:
    """Where a peer keeps its files and listens, and which port of the loopback its origin has."""

    directory: Path
    port: int
    admin_port: int
    origin_port: int


class Peer(ABC):
    """One proxy, told to do the same as the others: forward over kept connections, set X-Forwarded-For and -Proto,
    pass Host on, stream bodies, one worker, metrics on, no access log."""

    name: ClassVar[str]
    title: ClassVar[str]
    metrics_path: ClassVar[str]
    """Where its admin port tells them; empty where they are read otherwise."""
    runs_wasm: ClassVar[bool] = True
    stores: ClassVar[bool] = True
    only_stores: ClassVar[bool] = False

    @abstractmethod
    def find(self) -> Path:
        """Return the executable; raises Missing."""

    @abstractmethod
    def version(self) -> str: ...

    @abstractmethod
    def files(self, work: Work, place: Place) -> dict[str, str]:
        """Write the configuration: file names in the place's directory, and their text."""

    def lacks(self, work: Work) -> str:
        """Say what keeps it from taking part in a work; empty where nothing does."""
        if work.wasm and not self.runs_wasm:
            return "no WASM"
        if work.stored and not self.stores:
            return "no cache"
        return "a cache only" if self.only_stores and not work.stored else ""

    @abstractmethod
    def command(self, place: Place) -> list[str | Path]: ...

    def start(
        self,
        directory: Path,
        work: Work,
        origin_port: int,
        cores: Cores,
        environment: dict[str, str] | None = None,
    ) -> Server:
        """Start the proxy in a directory of its own and wait until it listens."""
        directory.mkdir(parents=True)
        directory.chmod(0o755)
        place = Place(directory, free_port(), free_port(), origin_port)
        for name, text in self.files(work, place).items():
            (directory / name).write_text(text)
        if work.wasm:
            (directory / GUEST_FILE).write_bytes(compiled(GUEST))
        server = Server(self, place, cores, environment)
        try:
            server.wait_until_listening()
        except BenchError:
            server.stop()
            raise
        return server


class Server(Process):
    """A running peer."""

    def __init__(self, peer: Peer, place: Place, cores: Cores, environment: dict[str, str] | None) -> None:
        self.peer = peer
        self.admin_port = place.admin_port
        super().__init__(peer.name, peer.command(place), place.directory, place.port, cores.server, environment)


def find_command(name: str, hint: str) -> Path:
    """Find an executable on the path or where Debian keeps servers."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Missing(f"{name} is not installed ({hint})")
    return Path(found)


def first_line(command: list[str | Path]) -> str:
    """Run a command that prints its version and return the first line, from whichever stream."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0].strip() if lines else "unknown"
