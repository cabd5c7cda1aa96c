"""What is counted about a firewall, and what is written down."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from kit.exchanges import make_exchange
from kit.firewall import JUDGEMENT, judgement

from proxy import firewall_book
from proxy.audit_log import AuditLog
from proxy.firewall import Judgement, read_judgement
from proxy.firewall_book import FirewallBook
from proxy.metrics import Registry


def judged(**changes: Any) -> Judgement:
    return read_judgement("waf", judgement(**changes).encode())


def matching(*rules: int) -> Judgement:
    return judged(matches=[{**JUDGEMENT["matches"][0], "rule": rule} for rule in rules])


def counted(registry: Registry) -> dict[tuple[str, ...], Any]:
    """Return the route, the filter and the action of the requests that were counted, and how many."""
    return {tuple(labels): value for labels, value in registry.snapshot()["waf_requests_total"]}


def test_a_request_is_counted_by_what_came_of_it() -> None:
    registry = Registry()
    book = FirewallBook("waf", registry)
    book.count(make_exchange(), "passed")
    book.count(make_exchange(route=None), "passed")
    book.count(make_exchange(), "failed")
    book.count(make_exchange(), "overflow")
    for action in ("passed", "detected", "detected", "blocked"):
        book.judged(make_exchange(), judged(action=action))
    assert counted(registry) == {
        ("api", "waf", "passed"): 2,
        ("", "waf", "passed"): 1,
        ("api", "waf", "failed"): 1,
        ("api", "waf", "overflow"): 1,
        ("api", "waf", "detected"): 2,
        ("api", "waf", "blocked"): 1,
    }


def test_an_overflow_is_counted_as_one_unless_a_rule_decided() -> None:
    registry = Registry()
    book = FirewallBook("waf", registry)
    book.judged(make_exchange(), judged(action="blocked", rule=None, overflow="arguments"))
    book.judged(make_exchange(), judged(action="blocked", rule=949110, overflow="arguments"))
    assert counted(registry) == {("api", "waf", "overflow"): 1, ("api", "waf", "blocked"): 1}


def test_a_rule_is_counted_once_an_exchange() -> None:
    registry = Registry()
    book = FirewallBook("waf", registry)
    book.judged(make_exchange(), matching(942100, 942100, 941100))
    assert registry.snapshot()["waf_rule_matches_total"] == [(["waf", "942100"], 1), (["waf", "941100"], 1)]


def test_rules_without_end_make_no_series_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firewall_book, "MOST_RULES", 2)
    registry = Registry()
    book = FirewallBook("waf", registry)
    for _ in range(2):
        book.judged(make_exchange(), matching(1, 2, 3, 4))
    counts = {labels[1]: value for labels, value in registry.snapshot()["waf_rule_matches_total"]}
    assert counts == {"1": 2, "2": 2, "other": 4}


def test_scores_are_observed_where_something_matched() -> None:
    registry = Registry()
    book = FirewallBook("waf", registry)
    book.count(make_exchange(), "passed")
    book.judged(make_exchange(), judged(inbound=10, outbound=0))
    [inbound, outbound] = [value for _, value in registry.snapshot()["waf_score"]]
    assert isinstance(inbound, list)
    assert isinstance(outbound, list)
    assert (inbound[0], sum(inbound[1:]), outbound[0], outbound[1]) == (10, 1, 0, 1)


def test_what_was_no_judgement_is_counted() -> None:
    registry = Registry()
    FirewallBook("waf", registry).garbled()
    assert registry.snapshot()["waf_garbled_total"] == [(["waf"], 1)]


async def test_what_was_blocked_or_would_have_been_is_written_down(tmp_path: pathlib.Path) -> None:
    registry = Registry()
    log = AuditLog(str(tmp_path / "audit"), registry.waf_audit_dropped.child())
    book = FirewallBook("waf", registry, log)
    book.count(make_exchange(), "passed")
    for action in ("passed", "detected", "blocked"):
        book.judged(make_exchange(), judged(action=action))
    log.close()
    written = [json.loads(line) for line in (tmp_path / "audit").read_text().splitlines()]
    assert [line["action"] for line in written] == ["detected", "blocked"]
