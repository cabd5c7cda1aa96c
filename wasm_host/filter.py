"""Filters whose code is a WASM guest; a chain cannot tell them from native ones."""

from __future__ import annotations

import asyncio
from typing import Final, Generic, Protocol, TypeVar

from proxy.filter import Filter
from proxy.runtime import monotonic
from wasm_host.guest import Guest
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.pool import Guests
from wasm_host.program import GuestSettings, OnFailure

MOST_WAIT_S: Final = 10.0
"""For a guest, where requests break one after the other: each wait ends with one that may break it again."""

G = TypeVar("G", bound=Guest)
G_co = TypeVar("G_co", bound=Guest, covariant=True)


class Program(Protocol[G_co]):
    """A module joined with this host for one filter, whatever its ABI."""

    settings: GuestSettings
    guest_failed: OnFailure

    def hooks(self) -> frozenset[str]:
        """Return the hooks of a chain that its guests have a part in."""

    def make(self) -> G_co:
        """Make a guest and start it; raises GuestError."""


class WasmFilter(Filter, Generic[G]):
    """What filters of every ABI share: guests that come and go, and a program that can be swapped."""

    def __init__(self, program: Program[G], metrics: GuestMetrics) -> None:
        self.name = program.settings.name
        self.key = f"{self.name}@{id(self):x}"  # Two filters of one name may be in a chain.
        self._metrics = metrics
        self._hooks: frozenset[str] = frozenset()
        guests = self.guests_of(program)
        program.guest_failed = guests.failed
        self._use(program, guests)

    def _use(self, program: Program[G], guests: Guests[G]) -> None:
        self.program, self.guests = program, guests
        self._hooks |= program.hooks()

    def guests_of(self, program: Program[G]) -> Guests[G]:
        """Return where the guests of a program come from."""
        raise NotImplementedError

    def hooks(self) -> frozenset[str]:
        """Return the hooks of every program that was here: an exchange under way in an older one keeps its own."""
        return self._hooks

    def start(self) -> None:
        """Start a first guest, so that the first request need not; raises GuestError."""
        self.guests.prepare()

    def swap(self, program: Program[G]) -> None:
        """Let new exchanges meet another program, of the same ABI, whose first guest starts now.

        Raises GuestError, and changes nothing, where it does not start. Those under way finish in the guests that
        they have. The chains that this filter is in must be compiled again, as its hooks may be others.
        """
        guests = self.guests_of(program)
        program.guest_failed = guests.failed
        guests.prepare()
        self.guests.retire()
        self._use(program, guests)

    def close(self) -> None:
        self.guests.retire()

    async def available(self) -> G:
        """Return a guest, after a wait where the last ones failed; raises GuestError."""
        patient_until = monotonic() + MOST_WAIT_S
        while monotonic() < patient_until:
            wait_s = self.guests.wait_s()
            if not wait_s:
                break
            await asyncio.sleep(wait_s)
        return self.guests.take()
