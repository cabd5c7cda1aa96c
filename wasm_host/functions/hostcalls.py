"""The one gate of host calls: each is counted, its wait timed, its failure told to the guest as a number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

from proxy.metrics import Cell, Registry
from proxy.runtime import monotonic
from wasm_host.calls import Running
from wasm_host.functions.call import Call
from wasm_host.functions.hostcall import DENIED, HostcallFailed, Reason
from wasm_host.functions.lines import FunctionLines
from wasm_host.functions.services import Soon
from wasm_host.functions.settings import FunctionSettings
from wasm_host.memory import OutOfBounds

Audit: TypeAlias = Callable[[str, str, str, Reason, str], None]
"""Is told of what was denied: function, version, call, reason and detail."""

MISS: Final = 2**32 - 1
"""-1, as guests see it: what was asked for is not there."""
SLOW_S: Final = 1.0
_WARN: Final = 3
_DEBUG: Final = 1


class Later(NamedTuple):
    """A host call's answer that is not there yet; `finish` makes the guest's number of it."""

    awaitable: Awaitable[Any]
    finish: Callable[[Any], int]


def settled(soon: Soon[Any], finish: Callable[[Any], int]) -> int | Later:
    """Finish a host call whose service may have answered already."""
    return Later(soon, finish) if hasattr(soon, "__await__") else finish(soon)


class Hostcalls:
    """Those of one version; `lines` is where its guests log."""

    def __init__(self, settings: FunctionSettings, registry: Registry, lines: FunctionLines, audit: Audit) -> None:
        self._name, self._version = settings.name, settings.version
        self._registry, self.lines, self._audit = registry, lines, audit

    def gated(
        self, name: str, function: Callable[..., int | Later | None], running: Running, failures: Mapping[Reason, int]
    ) -> Callable[..., Any]:
        """Return what a guest is given for a host function.

        `function` takes the call and the guest's numbers, and raises HostcallFailed; `failures` are the guest's words
        for that, as unsigned numbers. A place outside the guest's memory is `invalid`.
        """
        counts = self._counts(name)

        def gate(*arguments: int) -> Any:
            call: Call = running.guest
            try:
                call.spend()
                answer = function(call, *arguments)
            except HostcallFailed as failed:
                return self._failed(call, counts, failed, failures)
            except OutOfBounds as error:
                if running.starting:  # Its memory is not known yet (wasm_host/nascent.py).
                    raise
                return self._failed(call, counts, HostcallFailed("invalid", str(error)), failures)
            if type(answer) is Later:
                return self._waited(call, counts, answer, failures)
            counts["miss" if answer == MISS else "ok"].value += 1
            return answer

        return gate

    async def _waited(self, call: Call, counts: Counts, later: Later, failures: Mapping[Reason, int]) -> int:
        begun = monotonic()
        try:
            answer = later.finish(await call.waits.result(later.awaitable))
        except HostcallFailed as failed:
            return self._failed(call, counts, failed, failures)
        finally:
            self._took(counts.call, monotonic() - begun)
        counts["miss" if answer == MISS else "ok"].value += 1
        return answer

    def _took(self, name: str, seconds: float) -> None:
        self._registry.wasm_hostcall_duration.child(self._name, name).observe(seconds)
        if seconds > SLOW_S:
            self.lines.write(_WARN, f"{name} took {seconds:.1f} s".encode())

    def _failed(self, call: Call, counts: Counts, failed: HostcallFailed, failures: Mapping[Reason, int]) -> int:
        reason, name = failed.reason, counts.call
        counts[reason].value += 1
        if call.says_first(name, reason):
            self.lines.write(_WARN if reason in DENIED else _DEBUG, f"{name}: {reason}: {failed}".encode())
            if reason in DENIED:
                self._audit(self._name, self._version, name, reason, str(failed))
        return failures[reason]

    def _counts(self, name: str) -> Counts:
        return Counts(name, partial(self._registry.wasm_hostcalls.child, self._name, name))


class Counts(dict[str, Cell]):
    """The cells of one host call by outcome, made when first asked for: most imports are hardly ever called."""

    def __init__(self, call: str, cell: Callable[[str], Cell]) -> None:
        super().__init__()
        self.call, self._cell = call, cell

    def __missing__(self, outcome: str) -> Cell:
        cell = self[outcome] = self._cell(outcome)
        return cell
