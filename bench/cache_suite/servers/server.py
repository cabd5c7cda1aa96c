"""What every tested cache has: a command, a configuration, and a way to be started before an origin."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.process import Process, free_port


@dataclass(frozen=True)
class Place:
    """Where a server keeps its files and listens, and which port of the loopback its origin has."""

    directory: Path
    port: int
    origin_port: int


class Server(ABC):
    """One cache, told to store what HTTP allows and to invent no lifetimes beyond its heuristics.

    Peers are configured as the suite's own containers configure them, so that their figures can be compared with those
    that it publishes.
    """

    name: str
    title: str
    directories: ClassVar[tuple[str, ...]] = ()
    """What it wants to write to, perhaps as another user."""

    @abstractmethod
    def find(self) -> Path:
        """Return the executable; raises Missing."""

    @abstractmethod
    def version(self) -> str: ...

    @abstractmethod
    def files(self, place: Place) -> dict[str, str]:
        """Write the configuration: file names in the place's directory, and their text."""

    @abstractmethod
    def command(self, place: Place) -> list[str | Path]: ...

    @contextmanager
    def running(self, directory: Path, origin_port: int) -> Iterator[Process]:
        """Start the server in a directory of its own, and end it."""
        place = Place(directory, free_port(), origin_port)
        for name in self.directories:
            (directory / name).mkdir(parents=True)
            (directory / name).chmod(0o777)
        for name, text in self.files(place).items():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(text)
        with Process(self.name, self.command(place), directory, place.port) as process:
            process.wait_until_listening()
            yield process
