"""An exchange that waits for its guest."""

from __future__ import annotations

from proxy.errors import PauseTimeout
from proxy.runtime import NEVER, Waiter, monotonic, sweeper


class GuestLost(Exception):
    """The guest that an exchange waits for is gone, for no fault of the exchange."""


class Pause:
    """Ends by the guest's word, by what happened to the guest, or by the filter's limit, with PauseTimeout."""

    __slots__ = ("_limit_s", "_waiter", "deadline")

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self.deadline = monotonic() + limit_s
        self._waiter: Waiter[None] = Waiter()

    def on_deadline(self, now: float) -> None:
        self.deadline = NEVER
        self.fail(PauseTimeout(f"the guest paused, and nothing ended that within {self._limit_s:g} s"))

    def end(self) -> None:
        """Let the exchange go on, inside this call: no guest may be on the stack."""
        self._waiter.wake(None)

    def fail(self, error: Exception) -> None:
        if not self._waiter.done():
            self._waiter.throw(error)

    async def over(self) -> None:
        sweeper().add(self)
        try:
            await self._waiter
        finally:
            sweeper().remove(self)
