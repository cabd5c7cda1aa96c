"""Which rules are meant."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from kit.seclang import rules_of

from filters.waf.refusal import Refused
from filters.waf.selection import key_of, selected

RULES = rules_of(
    """
SecAction "id:10,pass,nolog,msg:'One',tag:'attack-sqli'"
SecAction "id:11,pass,nolog,msg:'Two',tag:'attack-xss',tag:'attack-sqli'"
SecAction "id:20,pass,nolog"
"""
)


def meant(key: str, texts: Iterable[str]) -> list[int]:
    return [rule.id for rule in RULES if selected(key, texts)(rule)]


@pytest.mark.parametrize(
    ("texts", "ids"),
    [(["10"], [10]), (["10-11"], [10, 11]), (["10,20"], [10, 20]), (["10", "20 11"], [10, 11, 20]), (["12-19"], [])],
)
def test_ids_and_ranges_mean_the_rules_that_have_them(texts: list[str], ids: list[int]) -> None:
    assert meant("ById", texts) == ids


def test_a_tag_means_the_rules_that_have_exactly_it() -> None:
    assert meant("ByTag", ["attack-sqli"]) == [10, 11]
    assert meant("ByTag", ["attack-"]) == []


def test_a_message_means_the_rules_that_have_exactly_it() -> None:
    assert meant("ByMsg", ["Two"]) == [11]


@pytest.mark.parametrize("text", ["", "ten", "1-", "1:2"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="is no rule's id; write"):
        selected("ById", [text])


def test_a_name_tells_by_what_it_selects() -> None:
    names = ("SecRuleRemoveById", "ruleRemoveTargetByTag", "ruleremovebymsg")
    assert [key_of(name) for name in names] == ["ById", "ByTag", "ByMsg"]
