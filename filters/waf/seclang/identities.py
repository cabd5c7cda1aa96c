"""Holds rules to an id each, of their own."""

from __future__ import annotations

from collections.abc import Iterable

from filters.waf.rule import Place, Rule, Statement
from filters.waf.seclang.faults import Faults


def check_identities(statements: Iterable[Statement], faults: Faults) -> None:
    """Report rules without an id, and those whose id another has; chained ones need none."""
    places: dict[int, Place] = {}
    for rule in (each for each in statements if isinstance(each, Rule)):
        if rule.id == 0:
            if not faults.has(rule.place):
                faults.add(rule.place, "the rule has no id; write id: and a number that no other rule has")
        elif rule.id in places:
            faults.add(rule.place, f"id {rule.id} is that of the rule at {places[rule.id]}; write another")
        else:
            places[rule.id] = rule.place
