"""Where http-wasm guests come from: each serves one request at a time, and then the next."""

from __future__ import annotations

from collections.abc import Callable

from wasm_host.abi.http_wasm.guest import HttpWasmGuest
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.pool import Guests


class PinnedGuests(Guests[HttpWasmGuest]):
    """As many guests as there are requests at once, up to `most`; kept for later requests where `reused`."""

    def __init__(
        self, name: str, make: Callable[[], HttpWasmGuest], metrics: GuestMetrics, most: int, *, reused: bool
    ) -> None:
        super().__init__(name, make, metrics)
        self._most, self._reused = most, reused
        self._idle: list[HttpWasmGuest] = []

    def take(self) -> HttpWasmGuest:
        self._check_quarantine()
        if self._idle:
            return self._idle.pop()
        guest = self._made_within(self._most)
        guest.home = self
        return guest

    def put_back(self, guest: HttpWasmGuest) -> None:
        if self._reused:
            self._idle.append(guest)
        else:
            guest.close()

    def prepare(self) -> None:
        self.put_back(self.take())

    def retire(self) -> None:
        self._reused = False
        while self._idle:
            self._idle.pop().close()
