"""What is told of requests that were tried."""

from __future__ import annotations

import json
from typing import Any

from kit.firewall import judgement

from config.waf_requests import Asked
from config.waf_story import as_json, printable, told
from config.waf_trial import Fate, Outcome
from proxy.firewall import read_judgement

ASKED = Asked("a.txt", 3, "", "GET /?id=1", None)


def outcome(fate: Fate = "blocked", status: int = 403, failure: str = "", **changes: Any) -> Outcome:
    found = read_judgement("waf", judgement(action="blocked", **changes).encode())
    return Outcome(ASKED, fate, status, found, failure)


def lines(*outcomes: Outcome) -> list[str]:
    """Return what is told, without its colours."""
    return [line.replace("\x1b[31m", "").replace("\x1b[1m", "").replace("\x1b[0m", "") for line in told(outcomes)]


def test_the_outcome_stands_above_the_matches() -> None:
    assert lines(outcome()) == [
        "a.txt:3: GET /?id=1",
        "  blocked: 403, score 10, by rule 949110 in phase 2",
        "    942100 CRITICAL SQL injection",
        "      ARGS:id: 1' o*****",
        "      sql.conf:45",
        "1 request: 1 blocked",
    ]


def test_a_bound_is_told_by_its_name() -> None:
    found = lines(outcome(status=413, rule=0, overflow="arguments", matches=[]))
    assert found[1] == "  blocked: 413, score 10, over the bound of arguments"


def test_a_failure_is_told_in_the_place_of_a_decision() -> None:
    assert lines(outcome("failed", 500, "wasm trap"))[1] == "  failed: 500, wasm trap"


def test_a_match_without_severity_leaves_no_gap() -> None:
    matches = [{"rule": 9, "message": "Text", "target": "ARGS:a", "matched": "b", "file": "c", "line": 1}]
    assert lines(outcome(matches=matches))[2] == "    9 Text"


def test_outcomes_are_counted_at_the_end() -> None:
    passed = Outcome(ASKED, "passed", 200)
    assert lines(outcome(), passed, passed)[-1] == "3 requests: 1 blocked, 2 passed"


def test_texts_of_attackers_do_not_steer_the_terminal() -> None:
    assert printable("a\x1b[2Jb\nc\x9bé") == "a\\x1b[2Jb\\nc\\x9bé"


def test_json_has_all_of_it() -> None:
    found = json.loads(json.dumps(as_json(outcome("failed", 500, "why"))))
    assert (found["outcome"], found["status"], found["failure"]) == ("failed", 500, "why")
    assert found["judgement"]["matches"][0]["tags"] == ["attack-sqli"]
