"""TX variables that the rules give one value and no other: what a pattern may have `%{tx.name}` for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from filters.waf.assignment import Assignment, assignments
from filters.waf.rule import Marker, Rule

Constants: TypeAlias = Mapping[str, str]
"""By name, in lower case and without `tx.`."""


def constants(statements: Iterable[Rule | Marker]) -> Constants:
    """Return the variables with a single value.

    A value that a rule sets only where there is none (`&TX:name "@eq 0"`), as CRS sets its defaults, counts if no
    other rule sets one.
    """
    given: dict[str, set[str | None]] = {}
    defaults: dict[str, set[str | None]] = {}
    for rule in (each for each in statements if isinstance(each, Rule)):
        guarded = _asked_for(rule)
        for assignment in _of_chain(rule):
            name = assignment.name.lower()
            values = defaults if name in guarded else given
            values.setdefault(name, set()).add(assignment.constant)
    single = {**{name: values for name, values in defaults.items() if name not in given}, **given}
    return {
        name: value for name, values in single.items() for value in values if len(values) == 1 and value is not None
    }


def _of_chain(rule: Rule) -> Iterator[Assignment]:
    for part in (rule, *rule.chained):
        yield from assignments(part.actions)


def _asked_for(rule: Rule) -> set[str]:
    """Return the names of the variables of which the rule asks that there be none."""
    operator = rule.operator
    if operator is None or operator.negated or (operator.name, operator.argument.strip()) != ("eq", "0"):
        return set()
    return {each.selector.text.lower() for each in rule.variables if each.count and each.collection == "TX"}
