"""What is wrong in rule files: every error with its place, all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Final, TypeAlias

from filters.waf.rule import Place

LONGEST_EXCERPT: Final = 60

Report: TypeAlias = Callable[[str], None]
"""Takes note of one error at a place that it knows."""


class SecLangError(ValueError):
    """One error; reads `file:line: what is wrong; what would be right`."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


class SecLangErrors(ValueError):
    """All errors of what was read, in the order of reading; never empty."""

    def __init__(self, errors: Iterable[SecLangError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, self.errors)))


class Faults:
    """Collects errors while reading goes on."""

    def __init__(self) -> None:
        self._errors: list[SecLangError] = []
        self._places: set[Place] = set()

    def add(self, place: Place, message: str) -> None:
        self._errors.append(SecLangError(place, message))
        self._places.add(place)

    def at(self, place: Place) -> Report:
        return lambda message: self.add(place, message)

    def has(self, place: Place) -> bool:
        """Tell whether the statement that begins there is faulty, so that what follows from it isn't said as well."""
        return place in self._places

    def raise_if_any(self) -> None:
        """Raise SecLangErrors unless all was well."""
        if self._errors:
            raise SecLangErrors(self._errors)


def excerpt(text: str) -> str:
    """Quote the beginning of what was written."""
    return repr(text if len(text) <= LONGEST_EXCERPT else text[:LONGEST_EXCERPT] + "…")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?`, or nothing if no known name is near, as the tail of a message."""
    spelled = {each.lower(): each for each in known}
    near = get_close_matches(name[:LONGEST_EXCERPT].lower(), spelled, n=1)
    return f"; did you mean '{spelled[near[0]]}'?" if near else ""
