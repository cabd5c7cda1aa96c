"""The report about deploys."""

from __future__ import annotations

import json
from pathlib import Path

from bench.deploys.report import Report, store
from bench.deploys.run import Change, Outcome
from bench.load.ledger import Failure

CHANGES = [Change("deploy", 0.3, 10), Change("rollback", 0.1, 4), Change("deploy", 0.5, 20)]
ASKED = {"function, kept": 1000, "proxied, kept": 10}


def test_changes_of_a_kind_are_one_row():
    report = Report.of(Outcome(CHANGES, ASKED, ASKED, [], {}, 60.0))
    assert [(row.what, row.times, row.median_ms, row.most_ms, row.met) for row in report.rows] == [
        ("deploy", 2, 400.0, 500.0, 30),
        ("rollback", 1, 100.0, 100.0, 4),
    ]
    assert report.good


def test_failures_are_counted_and_named(tmp_path: Path):
    failure = Failure("function, kept", "deploy of telling", 1.0, 1.1, "wrong", "Wrong: an old one", 40000, 0.5)
    report = Report.of(Outcome(CHANGES, ASKED, ASKED, [failure], {}, 60.0))
    store(report, tmp_path)
    assert not report.good
    assert "1 requests failed, 1 of them by a wrong answer" in (tmp_path / "deploys.md").read_text()
    assert json.loads((tmp_path / "deploys.json").read_text())["failed"] == {"function, kept": 1}


def test_a_good_run_says_so(tmp_path: Path):
    store(Report.of(Outcome(CHANGES, ASKED, ASKED, [], {}, 60.0)), tmp_path)
    assert "No request failed" in (tmp_path / "deploys.md").read_text()
    assert "| deploy | 2 | 400 | 500 | 30 |" in (tmp_path / "deploys.md").read_text()
