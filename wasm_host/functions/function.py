"""A version of a function: its module, joined with this host, and the calls of it."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any, Final

from proxy.errors import (
    FilterError,
    FunctionBusy,
    FunctionFailed,
    FunctionRateExceeded,
    FunctionUnavailable,
    GuestError,
    GuestTrap,
    ProxyError,
)
from proxy.exchange import Exchange
from proxy.functions import TellLine
from proxy.metrics import Registry
from proxy.runtime import Strand, Sweeper, Waiter, monotonic, sweeper
from wasm_host.functions.books import Books
from wasm_host.functions.call import Call
from wasm_host.functions.detachable import Detachable
from wasm_host.functions.door import Door
from wasm_host.functions.draft import FINAL
from wasm_host.functions.hostcalls import Audit, Hostcalls
from wasm_host.functions.lines import FunctionLines
from wasm_host.functions.outcome import Outcome
from wasm_host.functions.programs import linked
from wasm_host.functions.rate import Rate
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionSettings
from wasm_host.functions.turns import Turns, turns
from wasm_host.module import WasmModule

log = logging.getLogger("penstock.wasm")

_ERROR: Final = 4


class Function:
    """Answers each exchange with a guest of its own. `calls` that run, or wait, end before it is closed.

    `tell` takes what guests log, `audit` hears of the host calls that were denied.
    """

    def __init__(
        self,
        module: WasmModule,
        settings: FunctionSettings,
        services: Services,
        registry: Registry,
        tell: TellLine,
        audit: Audit,
    ) -> None:
        """Join the module with its host; raises AbiMismatch that names each misfit."""
        self.module, self.settings = module, settings
        self._books = books = Books(registry, settings.name)
        self._lines = FunctionLines(settings, registry.wasm_log_dropped.child(settings.name), tell)
        self._program = linked(module, settings, services, Hostcalls(settings, registry, self._lines, audit))
        self._door, self._rate = Door(settings.limits, books), Rate(settings.limits.rate)
        self._sweeper: Sweeper | None = None
        self._turns: Turns | None = None
        self._behind: dict[Call, Strand] = {}
        self._idle: Waiter[None] | None = None
        self._closed = False

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def version(self) -> str:
        return self.settings.version

    def try_out(self) -> None:
        """Make a guest only to see whether it starts; raises GuestError. Needs no loop."""
        self._program.try_out()

    async def call(self, exchange: Exchange) -> Outcome:
        """Run a guest for an exchange; raises FunctionUnavailable, GuestError, or what broke the request."""
        begun = self._admit()
        if self._turns_of_loop().is_over(begun) or self._door.is_full:
            await self._wait()
            begun = monotonic()
        else:
            self._door.enter()
        call = Call(exchange, self.settings, self._lines, begun)
        await Detachable(self._run(call, begun), call.draft, partial(self._behind.__setitem__, call))
        return Outcome.of(call)

    def _admit(self) -> float:
        """Return the time now; raises FunctionUnavailable."""
        now = monotonic()
        if self._closed:
            raise FunctionUnavailable(f"version {self.version} of {self.name} is gone")
        if not self._rate.lets_through(now):
            self._books.count(FunctionRateExceeded.reason)
            raise FunctionRateExceeded(f"more than {self.settings.limits.rate:g} calls of {self.name} a second")
        return now

    async def _wait(self) -> None:
        """Wait for a turn of the loop, and enter when there is room; raises FunctionBusy. Who leaves is counted too."""
        turns = self._turns_of_loop()
        try:
            if turns.is_over(monotonic()):
                await turns.next()
            if self._door.is_full:
                await self._door.wait()
            else:
                self._door.enter()
        except BaseException as error:
            self._books.count(error.reason if isinstance(error, FunctionBusy) else "cancelled")
            raise

    async def _run(self, call: Call, begun: float) -> None:
        """See a call through, whoever waits for it; what fails behind an answer that was let go is only counted."""
        books, watch, outcome = self._books, self._watch(), "cancelled"
        books.running.value += 1
        watch.add(call)
        try:
            await self._program.run(call)
            _check(call)
            outcome = "ok"
        except Exception as error:
            failure = self._failed(error)
            outcome = failure.reason
            if not call.draft.terminated:
                raise _raised(failure, call) from failure.__cause__
        finally:
            watch.remove(call)
            call.close()
            books.running.value -= 1
            books.ended(outcome, monotonic() - begun, call.cpu_s)
            self._door.leave()
            self._forget(call)

    def _turns_of_loop(self) -> Turns:
        if self._turns is None:
            self._turns = turns()
        return self._turns

    def _watch(self) -> Sweeper:
        if self._sweeper is None:
            self._sweeper = sweeper()
        return self._sweeper

    def _failed(self, error: Exception) -> ProxyError:
        """Count and log what ended a call; returns what to raise."""
        if not isinstance(error, ProxyError):
            log.error("function %s: a host function failed", self.name, exc_info=error)
            failure = GuestTrap(f"a host function failed: {error}", reason="hostcall_failed")
            failure.__cause__ = error
            error = failure
        if isinstance(error, GuestError):
            self._books.trapped(error)
            self._lines.write(_ERROR, f"{error.reason}: {error}".encode())
        return error

    def _forget(self, call: Call) -> None:
        if self._behind.pop(call, None) is not None and not self._behind and self._idle is not None:
            self._idle.wake(None)

    def describe(self) -> dict[str, Any]:
        """Return what its calls came to, as JSON."""
        return {
            "version": self.version,
            "sha256": self.module.sha256,
            "abi": self.module.abi,
            "running": self._door.inside,
            "outcomes": dict(self._books.outcomes),
        }

    async def close(self) -> None:
        """Take no more calls, and wait for what goes on behind answers that were sent; to cancel that ends it."""
        self._closed = True
        try:
            while self._behind:
                self._idle = Waiter()
                await self._idle
        finally:
            for strand in tuple(self._behind.values()):
                strand.cancel()


def _check(call: Call) -> None:
    status = call.draft.status
    if status is not None and status < FINAL:
        raise FunctionFailed(f"it left {status}, which is no final status")


def _raised(failure: ProxyError, call: Call) -> ProxyError:
    """Return what no chain passes over where the request's body is lost for whoever would come after."""
    if isinstance(failure, FilterError) and call.has_half_read:
        return ProxyError(f"with the body half read: {failure}", reason=failure.reason, status=failure.status)
    return failure
