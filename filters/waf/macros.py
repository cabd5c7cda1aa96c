"""Text with `%{…}` in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from filters.waf import ruleset
from filters.waf.rule import Selector
from filters.waf.scope import Scope
from filters.waf.targets import collection, number, selector
from filters.waf.texts import encoded, lowered

REFERENCE: Final = re.compile(r"%\{\s*(?P<collection>[A-Za-z0-9_]+)(?:[.:](?P<member>[^}]*?))?\s*\}")


def macro(text: str, scope: Scope) -> ruleset.Macro:
    """Lower a text; what only looks like a reference is text."""
    return tuple(_parts(text, scope))


def _parts(text: str, scope: Scope) -> Iterator[ruleset.Literal | ruleset.Reference]:
    position = 0
    for found in REFERENCE.finditer(text):
        if found.start() > position:
            yield ruleset.Literal(encoded(text[position : found.start()]))
        yield _reference(found, scope)
        position = found.end()
    if position < len(text):
        yield ruleset.Literal(encoded(text[position:]))


def _reference(found: re.Match[str], scope: Scope) -> ruleset.Reference:
    word = collection(found["collection"], scope)
    if found["member"]:
        selector(Selector("name", found["member"]), word, scope)
    return ruleset.Reference(number(word), lowered(word.flag or found["member"] or ""))
