"""What came of reloads: told to who asked, logged, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from proxy.metrics import Registry
from proxy.plan import Change
from proxy.runtime import log, wall_clock


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one reload; `generation` is what runs after it, `errors` has a line for each thing to mend."""

    outcome: Literal["reloaded", "refused"]
    generation: int
    errors: Sequence[str] = ()
    changes: Sequence[Change] = ()

    def message(self) -> dict[str, Any]:
        return asdict(replace(self, errors=list(self.errors), changes=list(self.changes)))


class Book:
    """Keeps the last report. A start counts as a reload that was taken."""

    def __init__(self, registry: Registry) -> None:
        self._reloads = registry.config_reloads
        for outcome in ("reloaded", "refused"):
            self._reloads.child(outcome)  # so that a first one is an increase
        self._successful = registry.config_last_reload_successful.child()
        self._success_timestamp = registry.config_last_reload_success_timestamp.child()
        self._generation = registry.config_generation.child()
        self._last: dict[str, Any] | None = None

    def note_start(self, generation: int) -> None:
        self._note_success(generation)

    def note_deploy(self, generation: int) -> None:
        """Let what runs have another number, though no configuration was read."""
        self._generation.value = generation

    def note(self, report: Report) -> None:
        self._reloads.child(report.outcome).value += 1
        if report.outcome == "reloaded":
            self._note_success(report.generation)
            log.warning("reloaded: generation %d, %d changes", report.generation, len(report.changes))
        else:
            self._successful.value = 0
            for line in report.errors:
                log.error("not reloaded: %s", line)
        at = datetime.fromtimestamp(wall_clock(), UTC).isoformat(timespec="seconds")
        self._last = {"outcome": report.outcome, "errors": list(report.errors), "at": at}

    def _note_success(self, generation: int) -> None:
        self._successful.value = 1
        self._success_timestamp.value = round(wall_clock(), 3)
        self._generation.value = generation

    def state(self) -> dict[str, Any]:
        """Return what runs, and what came of the last reload, None where there was none."""
        return {"generation": self._generation.value, "last": self._last}
