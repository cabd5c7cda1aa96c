"""What the compiler cannot take."""

from __future__ import annotations

from dataclasses import dataclass

from filters.waf.rule import Place


class Refused(Exception):
    """Something of a rule that cannot be taken. The text is the reason, and what to do where that can be told."""


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """A rule, or a directive (`rule` is 0), that is not compiled."""

    place: Place
    rule: int
    reason: str

    def __str__(self) -> str:
        subject = f"rule {self.rule}: " if self.rule else ""
        return f"{self.place}: {subject}{self.reason}"


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """Something that is compiled, but not to the letter."""

    place: Place
    text: str
