"""Where a filter's guests come from, and what becomes of those that fail."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from proxy.errors import GuestError, GuestTimeout, GuestTrap, GuestUnavailable
from proxy.runtime import monotonic
from wasm_host.backoff import Backoff, Patience
from wasm_host.guest import Guest
from wasm_host.guest_metrics import GuestMetrics

log = logging.getLogger("penstock.wasm")

REPLACING: Final = Patience(free=5, first_s=0.05, most_s=1.0, forget_s=10.0)
"""Who wants a guest meanwhile waits, so the wait is short: one bad request must not fail the others."""

STARTING: Final = Patience(free=2, first_s=0.1, most_s=5.0, forget_s=30.0)
"""Nobody waits for a guest that does not start, for the next one hardly will."""

QUARANTINE: Final = Patience(free=2, first_s=1.0, most_s=60.0, forget_s=60.0)
"""Each timeout keeps the whole worker waiting, so a filter that has many is not called at all for a while."""

G = TypeVar("G", bound=Guest)


class Guests(ABC, Generic[G]):
    """Makes guests with `make`; `current` is the one to take without asking, if there is one."""

    current: G | None = None
    alive = 0

    def __init__(self, name: str, make: Callable[[], G], metrics: GuestMetrics) -> None:
        self._name, self._make, self._metrics = name, make, metrics
        self._starting, self._quarantine = Backoff(STARTING), Backoff(QUARANTINE)

    @abstractmethod
    def take(self) -> G:
        """Return a guest; raises GuestUnavailable, or what its start does."""

    @abstractmethod
    def prepare(self) -> None:
        """Show that a guest starts; raises GuestError."""

    @abstractmethod
    def retire(self) -> None:
        """Close all guests once no exchange holds them."""

    def wait_s(self) -> float:
        """Return for how long who wants a guest has to wait for one."""
        return 0.0

    def failed(self, guest: Guest | None, failure: GuestError) -> None:
        """Count a failure; the guest is closed already, None where it never came to be, or is none the worse."""
        self._metrics.trapped(failure)
        log.warning("%s: %s: %s", self._name, failure.reason, failure)
        if guest is not None and isinstance(failure, GuestTimeout):
            self._timed_out()

    def _timed_out(self) -> None:
        now = monotonic()
        self._quarantine.failed(now)
        if self._quarantine.until > now:
            self._metrics.quarantined.value = 1
            log.warning("%s is not called for %g s: it times out", self._name, self._quarantine.until - now)

    def _made_within(self, most: int) -> G:
        """Do what `_made` does, unless there are so many guests already."""
        if self.alive >= most:
            raise GuestUnavailable(f"{self._name} has {most} instances, its limit", reason="no_instance")
        return self._made()

    def _made(self) -> G:
        """Make a guest, or say why none can be had now."""
        self._check_quarantine()
        if self.wait_s() or monotonic() < self._starting.until:
            raise GuestUnavailable(f"{self._name} has failed, and waits to be started again", reason="backing_off")
        self._metrics.quarantined.value = 0
        try:
            guest = self._make()
        except GuestUnavailable:
            raise
        except GuestError as error:
            self._did_not_start(error)
            raise
        except Exception as error:
            log.exception("%s: a host function failed", self._name)
            failure = GuestTrap(f"a host function failed: {error}")
            self._did_not_start(failure)
            raise failure from error
        guest.on_close = self._closed
        self.alive += 1
        self._metrics.instances.value += 1
        return guest

    def _did_not_start(self, failure: GuestError) -> None:
        self._starting.failed(monotonic())
        self.failed(None, failure)
        if isinstance(failure, GuestTimeout):
            self._timed_out()

    def _check_quarantine(self) -> None:
        if monotonic() < self._quarantine.until:
            raise GuestUnavailable(f"{self._name} is in quarantine: it timed out again and again", reason="quarantined")

    def _closed(self) -> None:
        self.alive -= 1
        self._metrics.instances.value -= 1


class SharedGuests(Guests[G]):
    """One guest for all exchanges of a worker, replaced when it fails."""

    def __init__(self, name: str, make: Callable[[], G], metrics: GuestMetrics) -> None:
        super().__init__(name, make, metrics)
        self._replacing = Backoff(REPLACING)

    def wait_s(self) -> float:
        return max(0.0, self._replacing.until - monotonic())

    def take(self) -> G:
        if self.current is None:
            self.current = self._made()
        return self.current

    def prepare(self) -> None:
        self.take()

    def failed(self, guest: Guest | None, failure: GuestError) -> None:
        if guest is self.current:
            self.current = None
        if guest is not None and not isinstance(failure, GuestTimeout):
            self._replacing.failed(monotonic())
        super().failed(guest, failure)

    def retire(self) -> None:
        guest, self.current = self.current, None
        if guest is not None:
            guest.retire()


class FreshGuests(Guests[G]):
    """A guest for each exchange; it is closed with it."""

    def __init__(self, name: str, make: Callable[[], G], metrics: GuestMetrics, most: int) -> None:
        super().__init__(name, make, metrics)
        self._most = most

    def take(self) -> G:
        guest = self._made_within(self._most)
        guest.retired = True
        return guest

    def prepare(self) -> None:
        self.take().close()

    def retire(self) -> None:
        """Do nothing: each guest ends with its exchange."""
