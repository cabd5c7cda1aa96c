"""Chains of rules."""

from __future__ import annotations

from filters.waf.rule import Action, Marker, Place, Rule, Statement
from filters.waf.seclang.chains import fold
from filters.waf.seclang.faults import Faults, SecLangErrors


def rule(line: int, *actions: str, id: int = 0, phase: int = 2, file: str = "a.conf") -> Rule:
    return Rule(Place(file, line), id, phase, (), None, actions=tuple(Action(name) for name in actions))


def folded(*statements: Statement) -> tuple[list[Statement], list[str]]:
    faults = Faults()
    result = list(fold(statements, faults))
    try:
        faults.raise_if_any()
    except SecLangErrors as errors:
        return result, [str(error) for error in errors.errors]
    return result, []


def chain_of(statement: Statement) -> list[int]:
    assert isinstance(statement, Rule)
    return [each.place.line for each in statement.chained]


def test_rules_of_a_chain_are_folded_into_the_first() -> None:
    statements, problems = folded(rule(1, "chain", id=1), rule(2, "chain"), rule(3), rule(4, id=2))
    assert problems == []
    assert [(each.place.line, chain_of(each)) for each in statements] == [(1, [2, 3]), (4, [])]


def test_chained_rules_have_the_phase_of_the_first() -> None:
    statements, _ = folded(rule(1, "chain", id=1, phase=4), rule(2, phase=2))
    assert isinstance(statements[0], Rule)
    assert statements[0].chained[0].phase == 4


def test_other_statements_stay_where_they_are() -> None:
    marker = Marker(Place("a.conf", 2), "END")
    assert folded(rule(1, id=1), marker, rule(3, id=2))[0][1] == marker


def test_chain_that_another_statement_cuts_off_is_reported_at_its_last_rule() -> None:
    statements, problems = folded(rule(1, "chain", id=1), rule(2, "chain"), Marker(Place("a.conf", 3), "END"))
    assert problems == ["a.conf:2: no rule follows the chain; write the next SecRule, or leave chain out"]
    assert chain_of(statements[0]) == [2]
    assert len(statements) == 2


def test_chain_does_not_go_on_in_the_next_file() -> None:
    _, problems = folded(rule(9, "chain", id=1), rule(1, id=2, file="b.conf"))
    assert [problem.split(": ")[0] for problem in problems] == ["a.conf:9"]


def test_chain_at_the_end_is_reported() -> None:
    assert len(folded(rule(1, "chain", id=1))[1]) == 1


def test_id_in_the_middle_of_a_chain_is_reported() -> None:
    _, problems = folded(rule(1, "chain", id=1), rule(2, id=2))
    assert problems == ["a.conf:2: rule 2 belongs to the chain of rule 1; leave its id out, or chain there"]


def test_decision_in_the_middle_of_a_chain_is_reported() -> None:
    _, problems = folded(rule(1, "chain", id=1), rule(2, "deny"))
    assert problems == ["a.conf:2: deny is for the first rule of a chain; write it at a.conf:1"]


def test_faulty_rule_ends_its_chain_without_a_second_error() -> None:
    faults = Faults()
    faults.add(Place("a.conf", 2), "unknown action 'chian'")
    list(fold([rule(1, "chain", id=1), rule(2, "chain")], faults))
    assert not faults.has(Place("a.conf", 1))
