"""Folds the rules that `chain` ties together into the first of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from filters.waf.rule import Rule, Statement
from filters.waf.seclang.faults import Faults
from filters.waf.seclang.tables import ACTIONS


def fold(statements: Iterable[Statement], faults: Faults) -> Iterator[Statement]:
    """Yield the statements with each chain as one rule. A chain stays in its file, and nothing may come between."""
    chain: list[Rule] = []
    for statement in statements:
        if chain and not _continues(chain[-1], statement):
            yield _folded(_unfinished(chain, faults))
            chain = []
        if not isinstance(statement, Rule):
            yield statement
            continue
        chain.append(statement)
        if not _chains(statement):
            _check_members(chain, faults)
            yield _folded(chain)
            chain = []
    if chain:
        yield _folded(_unfinished(chain, faults))


def _chains(rule: Rule) -> bool:
    return any(action.name == "chain" for action in rule.actions)


def _continues(last: Rule, statement: Statement) -> bool:
    return isinstance(statement, Rule) and statement.place.file == last.place.file


def _folded(chain: list[Rule]) -> Rule:
    head, *others = chain
    return replace(head, chained=tuple(replace(other, id=0, phase=head.phase) for other in others))


def _unfinished(chain: list[Rule], faults: Faults) -> list[Rule]:
    if not faults.has(chain[-1].place):
        faults.add(chain[-1].place, "no rule follows the chain; write the next SecRule, or leave chain out")
    return chain


def _check_members(chain: list[Rule], faults: Faults) -> None:
    """Report what only the first rule of a chain may have: libmodsecurity refuses the same (src/parser/driver.cc)."""
    head, *others = chain
    for rule in others:
        if rule.id:
            faults.add(
                rule.place, f"rule {rule.id} belongs to the chain of rule {head.id}; leave its id out, or chain there"
            )
        for action in rule.actions:
            if action.name in ACTIONS and ACTIONS[action.name].disruptive:
                faults.add(rule.place, f"{action.name} is for the first rule of a chain; write it at {head.place}")
