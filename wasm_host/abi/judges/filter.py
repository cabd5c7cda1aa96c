"""What the filters of judges share: a fresh guest for each question."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from proxy.errors import GuestError
from wasm_host.abi.judges.guest import JudgeGuest
from wasm_host.abi.judges.program import JudgeProgram
from wasm_host.filter import Program, WasmFilter
from wasm_host.memory import Memory
from wasm_host.pool import FreshGuests, Guests

T = TypeVar("T")


class JudgeFilter(WasmFilter[JudgeGuest]):
    """Asks; what an answer means is its subclasses' affair."""

    def guests_of(self, program: Program[JudgeGuest]) -> Guests[JudgeGuest]:
        name, limits = program.settings.name, cast(JudgeProgram, program).limits
        return FreshGuests(name, program.make, self._metrics, limits.instances)

    async def ask(self, question: bytes, read: Callable[[Memory, int], T]) -> T:
        """Put a question to a new guest, and read what it answers out of its memory; raises GuestError."""
        guests = self.guests
        guest = guests.take()
        try:
            return read(guest.memory, await guest.judge(question))
        except GuestError as error:
            # Of no guest: one that times out has kept nobody waiting, and a quarantine would be for all requests.
            guests.failed(None, error)
            raise
        finally:
            guest.close()
