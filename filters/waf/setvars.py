"""`setvar` in the guest's terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from filters.waf.assignment import assignment
from filters.waf.macros import macro
from filters.waf.rule import Action
from filters.waf.ruleset import SetVar
from filters.waf.scope import Scope


def setvars(actions: Iterable[Action], scope: Scope) -> Iterator[SetVar]:
    """Lower the changes of TX; those of other collections are dropped, with a note: nothing outlives a request."""
    for action in actions:
        if action.name != "setvar":
            continue
        read = assignment(action.argument)
        if read.collection != "TX":
            scope.note(f"setvar of {read.collection} is accepted, without effect")
            continue
        name = macro(read.name.lower(), scope)
        yield SetVar(name, read.change, macro(read.value, scope))
