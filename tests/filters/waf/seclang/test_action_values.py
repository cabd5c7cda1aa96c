"""Values of actions."""

from __future__ import annotations

import pytest

from filters.waf.seclang.action_values import PHASES, SEVERITIES, check_value
from filters.waf.seclang.tables import ACTIONS


def problems_of(action: str, value: str) -> list[str]:
    problems: list[str] = []
    check_value(ACTIONS[action], value, problems.append)
    return problems


@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("id", "942100"),
        ("phase", "5"),
        ("phase", "Request"),
        ("severity", "CRITICAL"),
        ("severity", "7"),
        ("status", "403"),
        ("skip", "2"),
        ("allow", "REQUEST"),
        ("t", "none"),
        ("t", "urlDecodeUni"),
        ("ctl", "ruleEngine=Off"),
        ("ctl", "auditLogParts=+E"),
        ("setvar", "tx.score=+5"),
        ("setvar", "TX:score"),
        ("setvar", "!tx.score"),
        ("setvar", "ip.seen=1"),
        ("msg", "anything"),
    ],
)
def test_good_value_is_taken(action: str, value: str) -> None:
    assert problems_of(action, value) == []


@pytest.mark.parametrize(
    ("action", "value", "right"),
    [
        ("id", "0", "a number above 0"),
        ("id", "9x", "a number above 0"),
        ("id", "٣", "a number above 0"),
        ("id", "9" * 19, "a number above 0"),
        ("phase", "0", "1 to 5, request, response or logging"),
        ("severity", "8", "0 to 7 or one of EMERGENCY"),
        ("status", "99", "an HTTP status"),
        ("skip", "-1", "how many rules to skip"),
        ("allow", "all", "allow:phase or allow:request"),
        ("setvar", "score=1", "tx.name=value"),
        ("setvar", "args.a=1", "tx.name=value"),
        ("ctl", "ruleEngin=Off", "did you mean 'ruleEngine'?"),
        ("ctl", "ruleEngine", "write ctl:ruleEngine=…"),
        ("t", "lowcase", "did you mean 'lowercase'?"),
    ],
)
def test_bad_value_is_reported_with_what_is_right(action: str, value: str, right: str) -> None:
    (problem,) = problems_of(action, value)
    assert right in problem


def test_names_of_phases_and_severities_have_their_numbers() -> None:
    assert PHASES["request"] == PHASES["2"] == 2
    assert SEVERITIES["emergency"] == SEVERITIES["0"] == 0
    assert SEVERITIES["debug"] == 7
