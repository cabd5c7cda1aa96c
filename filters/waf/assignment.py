"""What a `setvar` says, taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from filters.waf.rule import Action
from filters.waf.ruleset import Change

_SETVAR: Final = re.compile(
    r"(?P<unset>!?)(?P<collection>[A-Za-z]+)[.:](?P<name>(?:%\{[^}]*\}|[^=])+)(?:=(?P<value>.*))?", re.DOTALL
)
_SIGNS: Final = {"+": Change.ADD, "-": Change.SUBTRACT}


@dataclass(frozen=True, slots=True)
class Assignment:
    """`collection` is in upper case. `name` and `value` may have macros in them."""

    collection: str
    name: str
    change: Change
    value: str = ""

    @property
    def constant(self) -> str | None:
        """The value, if it is set and always the same."""
        return self.value if self.change is Change.SET and "%{" not in self.value else None


def assignment(text: str) -> Assignment:
    """Read `tx.score=+5`, `tx.name=value`, `tx.name` (which is set to 1) or `!tx.name`; the reader has checked it."""
    found = _SETVAR.fullmatch(text)
    assert found is not None, "the reader checks the shape"
    collection, name, value = found["collection"].upper(), found["name"].strip(), found["value"]
    if found["unset"]:
        return Assignment(collection, name, Change.UNSET)
    if value is None:
        return Assignment(collection, name, Change.SET, "1")
    if value[:1] in _SIGNS:
        return Assignment(collection, name, _SIGNS[value[0]], value[1:])
    return Assignment(collection, name, Change.SET, value)


def assignments(actions: Iterable[Action]) -> Iterator[Assignment]:
    """Yield the changes of TX; other collections are not kept."""
    for action in actions:
        if action.name == "setvar":
            read = assignment(action.argument)
            if read.collection == "TX":
                yield read
