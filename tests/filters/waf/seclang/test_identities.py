"""Ids of rules."""

from __future__ import annotations

import pytest

from filters.waf.rule import Marker, Place, Rule
from filters.waf.seclang.faults import Faults, SecLangErrors
from filters.waf.seclang.identities import check_identities


def rule(line: int, id: int) -> Rule:
    return Rule(Place("a.conf", line), id, 2, (), None)


def test_rules_with_ids_of_their_own_are_well() -> None:
    faults = Faults()
    check_identities([rule(1, 10), Marker(Place("a.conf", 2), "END"), rule(3, 11)], faults)
    faults.raise_if_any()


def test_rule_without_an_id_is_reported() -> None:
    faults = Faults()
    check_identities([rule(1, 0)], faults)
    with pytest.raises(SecLangErrors, match=r"a\.conf:1: the rule has no id; write id:"):
        faults.raise_if_any()


def test_id_of_another_rule_is_reported_with_its_place() -> None:
    faults = Faults()
    check_identities([rule(1, 10), rule(5, 10)], faults)
    with pytest.raises(SecLangErrors, match=r"a\.conf:5: id 10 is that of the rule at a\.conf:1; write another"):
        faults.raise_if_any()


def test_faulty_rule_is_not_blamed_for_its_id_too() -> None:
    faults = Faults()
    faults.add(Place("a.conf", 1), "id cannot be 'x'")
    check_identities([rule(1, 0)], faults)
    with pytest.raises(SecLangErrors) as raised:
        faults.raise_if_any()
    assert len(raised.value.errors) == 1
