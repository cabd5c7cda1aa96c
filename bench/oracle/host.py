"""What the oracle asks of a host: a configuration for a scenario, a command, and guests' lines from its output."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.oracle.scenario import Scenario

GUEST_FILE = "guest.wasm"
VM_ID = "vm"


@dataclass(frozen=True)
class Place:
    """Where a host keeps its files, listens, and finds its upstreams: `origin`, `calls`, and `dead`, which refuses."""

    directory: Path
    port: int
    origin_port: int
    calls_port: int
    dead_port: int

    @property
    def upstreams(self) -> dict[str, int]:
        return {"origin": self.origin_port, "calls": self.calls_port, "dead": self.dead_port}


class Host(ABC):
    """A host of Proxy-Wasm guests: one worker, the guest before the route to `origin`, its log lines at info."""

    name: ClassVar[str]
    title: ClassVar[str]
    refusal: ClassVar[str]
    """What its output says when it refuses a guest, and not when it is merely badly configured."""
    ready: ClassVar[str] = ""
    """What its output says when it serves, if its port is open before that."""

    @abstractmethod
    def version(self) -> str:
        """Return its version; raises Missing."""

    @abstractmethod
    def files(self, scenario: Scenario, place: Place) -> dict[str, str]: ...

    @abstractmethod
    def command(self, place: Place) -> list[str | Path]: ...

    @abstractmethod
    def lines(self, started: str, log: str) -> list[str]:
        """Return the lines, each after its level ("info"), of the guest that serves; `started` is the log's beginning,
        up to when the host began to listen."""
