"""How the built-in rules are written: their ids, their levels, their scores, and patterns that every engine takes."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest

RULES = Path(str(files("filters"))) / "waf" / "builtin"
TEXTS = {file.name: file.read_text() for file in sorted(RULES.glob("*.conf"))}
RULE = re.compile(r"^(?:SecRule|SecAction) .*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
ALL = [(name, found[0]) for name, text in TEXTS.items() for found in RULE.finditer(text)]
SCORING = [(name, rule) for name, rule in ALL if "severity:" in rule]
PATTERNS = [pattern for text in TEXTS.values() for pattern in re.findall(r'"!?@rx (.*)" \\', text)]
POINTS = {"CRITICAL": "critical", "ERROR": "error", "WARNING": "warning", "NOTICE": "notice"}


def id_of(rule: str) -> int:
    found = re.search(r'"id:([0-9]+),', rule)
    assert found is not None, rule
    return int(found[1])


def level_of(rule: str) -> str:
    found = re.search(r"tag:'paranoia-level/([0-9])'", rule)
    assert found is not None, rule
    return found[1]


def test_every_rule_has_an_id_of_its_own_in_our_range() -> None:
    ids = Counter(id_of(rule) for _, rule in ALL)
    assert [number for number, count in ids.items() if count > 1] == []
    assert all(9_000_000 <= number <= 9_009_999 for number in ids)


def test_there_are_some_hundred_rules_of_the_first_level() -> None:
    levels = Counter(level_of(rule) for _, rule in SCORING)
    assert levels["1"] >= 100
    assert set(levels) == {"1", "2"}


@pytest.mark.parametrize(("name", "rule"), SCORING, ids=[str(id_of(rule)) for _, rule in SCORING])
def test_a_rule_scores_what_its_severity_and_level_say(name: str, rule: str) -> None:
    severity = re.search(r"severity:'([A-Z]+)'", rule)
    assert severity is not None
    side = "outbound" if name == "80-leaks.conf" else "inbound"
    points = f"=+%{{tx.{POINTS[severity[1]]}_anomaly_score}}"
    assert f"setvar:'tx.{side}_anomaly_score_pl{level_of(rule)}{points}'" in rule
    assert re.search(r"tag:'(?:attack|automation)", rule)


@pytest.mark.parametrize(("name", "rule"), SCORING, ids=[str(id_of(rule)) for _, rule in SCORING])
def test_the_second_level_stands_behind_its_gate(name: str, rule: str) -> None:
    assert (level_of(rule) == "2") == (name == "75-stricter.conf") == (500 <= id_of(rule) % 1000 < 600)


@pytest.mark.parametrize(("_", "rule"), SCORING, ids=[str(id_of(rule)) for _, rule in SCORING])
def test_a_chain_scores_when_its_last_rule_matches(_: str, rule: str) -> None:
    assert rule.rindex("setvar:") > rule.rindex("SecRule")
    assert rule.count("setvar:") == 1


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_need_neither_look_around_nor_back_references_nor_macros(pattern: str) -> None:
    bare = re.sub(r"\\\\", "", pattern)
    assert not re.search(r"\(\?(?:[=!>]|<[=!])", bare)
    assert not re.search(r"\\[1-9]|%\{", bare)


def test_every_phrase_file_is_used_and_there() -> None:
    named = {name for text in TEXTS.values() for name in re.findall(r"@pmFromFile (\S+)\"", text)}
    assert named == {file.name for file in RULES.glob("*.data")}


def test_phrases_are_in_lower_case_and_listed_once() -> None:
    for file in RULES.glob("*.data"):
        phrases = [line for line in file.read_text().splitlines() if not line.startswith("#")]
        assert phrases == [phrase.lower() for phrase in phrases if phrase]
        assert len(set(phrases)) == len(phrases), file.name
