"""What a scenario is made of: a guest, its configuration, requests, the origin's answers, and known differences."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.oracle.guest import Guest

Header = tuple[str, str]
REPOSITORY: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class BuiltGuest:
    """A module that the project keeps, by its path in the repository."""

    path: str

    def wasm(self) -> bytes:
        return (REPOSITORY / self.path).read_bytes()

    def source(self) -> bytes:
        return self.wasm()


@dataclass(frozen=True)
class Body:
    """A body in pieces, each sent on its own, with a pause before it; one that is not chunked has a Content-Length.

    One that is `cut` is chunked, and its sender hangs up behind the last piece.
    """

    pieces: tuple[bytes, ...] = ()
    chunked: bool = False
    cut: bool = False
    pause_s: float = 0.05


@dataclass(frozen=True)
class Ask:
    """A request of the client, on a connection of its own."""

    target: str = "/"
    method: str = "GET"
    headers: tuple[Header, ...] = ()
    body: Body = Body()
    host: str = "oracle.test"
    after_s: float = 0.0
    """How long to wait before it, for what the guest does on its own."""
    leaves_after_s: float | None = None
    """How long the client waits for the answer before it hangs up."""


@dataclass(frozen=True)
class Answer:
    """What an origin answers."""

    status: int = 200
    headers: tuple[Header, ...] = (("Content-Type", "text/plain"),)
    body: Body = Body((b"hello from the origin\n",))
    delay_s: float = 0.0
    hangs_up: bool = False
    """Close the connection instead of answering."""


@dataclass(frozen=True)
class Known:
    """A difference that is meant: what only Envoy and what only Penstock shows in a section, why, and where it says so.

    Lines are matched whole. A known difference that does not show is a failure as well.
    """

    section: str
    envoy: tuple[str, ...]
    penstock: tuple[str, ...]
    reason: str
    reference: str


@dataclass(frozen=True)
class Scenario:
    """One comparison. `shows` are lines that Envoy's observation must hold: without them the guest is broken."""

    name: str
    about: str
    guest: Guest | BuiltGuest
    shows: tuple[str, ...]
    asks: tuple[Ask, ...] = (Ask(),)
    config: str = ""
    vm_config: str = ""
    root_id: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """By path; what is not named gets `Answer()`."""
    hold_headers: bool = False
    body_limit_bytes: int = 1 << 20
    starts: bool = True
    """False where both hosts refuse the guest."""
    known: tuple[Known, ...] = ()

    def fingerprint(self) -> str:
        """Tell this scenario, its guest's text included, from what it was when a result was kept."""
        return hashlib.sha256(self.guest.source() + repr(self).encode()).hexdigest()[:16]
