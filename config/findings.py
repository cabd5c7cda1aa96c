"""What is found about a file: an error, or a warning, in words that say what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["error", "error by date", "warning"]
"""What time alone has made an error must not keep a machine from starting, nor another fix from being reloaded."""


@dataclass(frozen=True, slots=True)
class Finding:
    message: str
    severity: Severity = "error"

    @property
    def is_error(self) -> bool:
        return self.severity != "warning"

    def to_serve(self) -> Finding:
        """Return what it is to who has to serve, whatever the date has made of a file."""
        return replace(self, severity="warning") if self.severity == "error by date" else self


def warning(message: str) -> Finding:
    return Finding(message, "warning")


def error_by_date(message: str) -> Finding:
    return Finding(message, "error by date")
