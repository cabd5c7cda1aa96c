"""The suite's result as it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cache_suite import report as reporting
from bench.cache_suite.case import Case
from bench.cache_suite.report import Report, Run, load, store

ORDER = ["penstock", "penstock-redis", "nginx"]


def run(server: str, title: str, *verdicts: str, date: str = "2026-01-01") -> Run:
    kinds = ("required", "optimal", "check")
    cases = [
        Case(f"case-{kind}", "one" if kind == "required" else "two", kind, verdict)
        for kind, verdict in zip(kinds, verdicts, strict=True)
    ]
    return Run(server, title, "1.0", date, "f1", cases)


OURS = run("penstock", "Penstock", "pass", "optional_fail", "yes")
PEER = run("nginx", "nginx", "fail", "pass", "no")
REPORT = Report([PEER, OURS], ORDER)


def test_servers_stand_in_their_order_with_what_they_passed():
    assert [line.split() for line in REPORT.text().splitlines()[1:]] == [
        ["Penstock", "1", "0", "1"],
        ["nginx", "0", "1", "0"],
    ]


def test_the_last_run_of_a_server_counts():
    again = run("nginx", "nginx", "pass", "pass", "yes", date="2026-02-02")
    assert [each.date for each in Report([PEER, OURS, again], ORDER).runs] == ["2026-01-01", "2026-02-02"]


def test_a_topic_counts_required_and_optimal_cases():
    lines = REPORT.markdown().splitlines()
    assert "| `one` | 1 | 1 | 0 |" in lines
    assert "| `two` | 1 | 0 | 1 |" in lines


def test_only_our_failures_are_listed_each_with_its_reason(monkeypatch: pytest.MonkeyPatch):
    assert "| `case-optimal` | optimal | optional_fail | **unexplained** |" in REPORT.markdown()
    assert "`case-required`" not in REPORT.markdown()
    monkeypatch.setattr(reporting, "WHY", {"case-optimal": "It is meant."})
    assert "| `case-optimal` | optimal | optional_fail | It is meant. |" in REPORT.markdown()


def test_a_result_that_is_kept_is_read_again(tmp_path: Path):
    assert load(tmp_path) == []
    store(REPORT, tmp_path)
    assert load(tmp_path) == [OURS, PEER]
    assert (tmp_path / "cache_suite.md").read_text() == REPORT.markdown()


def test_the_words_of_the_suite_are_not_kept(tmp_path: Path):
    said = Run("nginx", "nginx", "1.0", "2026-01-01", "f1", [Case("a", "t", "required", "fail", "Response 2 is …")])
    store(Report([said], ORDER), tmp_path)
    assert "Response 2" not in (tmp_path / "cache_suite.json").read_text()
