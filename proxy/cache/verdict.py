"""What the pure core decides, and why: the reason goes to Cache-Status, the log and the metrics as it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """`action` is what to do, `reason` one fixed snake_case word for why, `section` where that is written."""

    action: str
    reason: str
    section: str
