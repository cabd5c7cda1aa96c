"""One overridden method of one filter in one chain: when it applies, how it is called, what its failure means."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any, Literal

from proxy.errors import FilterError, ProxyError
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.metrics import Distribution, Family
from proxy.runtime import monotonic

log = logging.getLogger("penstock.filter")

OnError = Literal["closed", "open"]


@dataclass(frozen=True, slots=True)
class Step:
    """A filter's place in a chain. `when` is judged once, at the request; `on_error` says what its failure means."""

    filter: Filter
    when: Callable[[Exchange], bool] | None = None
    on_error: OnError = "closed"


class Hook:
    """`number` is the step's place in the chain, `bit` marks it in the exchange's sets. `awaits` tells an async def."""

    __slots__ = ("awaits", "bit", "call", "filter", "number", "on_error", "when")

    def __init__(self, step: Step, number: int, name: str) -> None:
        self.filter = step.filter
        self.number, self.bit = number, 1 << number
        self.call: Callable[..., Any] = getattr(step.filter, name)
        self.awaits = inspect.iscoroutinefunction(self.call)
        self.when, self.on_error = step.when, step.on_error

    def timed(self, durations: Family[Distribution]) -> Hook:
        """Return this hook with its calls observed."""
        twin = copy(self)
        observe = durations.child(self.filter.name, self.call.__name__).observe
        twin.call = _timed_async(self.call, observe) if self.awaits else _timed(self.call, observe)
        return twin

    def applies(self, exchange: Exchange) -> bool:
        """Tell whether the filter's turn came at the request and its condition held."""
        return self.number < exchange.filters_run and not exchange.skipped & self.bit

    async def run(self, *arguments: Any) -> Any:
        """Call the hook; a failure is raised as FilterError, or passed over with None where the step is open."""
        try:
            result = self.call(*arguments)
            return await result if hasattr(result, "__await__") else result
        except Exception as error:
            self.failed(error)
            return None

    def failed(self, error: Exception) -> None:
        """Let the exchange go on without this hook, or end it."""
        if isinstance(error, ProxyError) and not isinstance(error, FilterError):
            raise error  # Not the filter's own: a body that it awaited broke.
        if self.on_error == "open":
            log.warning("filter %s failed and is passed over: %s", self.filter.name, error)
            return
        if isinstance(error, FilterError):
            raise error
        log.error("filter %s failed", self.filter.name, exc_info=error)
        raise FilterError(f"filter {self.filter.name} failed: {error}") from error


def _timed(call: Callable[..., Any], observe: Callable[[float], None]) -> Callable[..., Any]:
    def timed(*arguments: Any) -> Any:
        begun = monotonic()
        try:
            return call(*arguments)
        finally:
            observe(monotonic() - begun)

    return timed


def _timed_async(call: Callable[..., Any], observe: Callable[[float], None]) -> Callable[..., Any]:
    async def timed(*arguments: Any) -> Any:
        begun = monotonic()
        try:
            return await call(*arguments)
        finally:
            observe(monotonic() - begun)

    return timed
