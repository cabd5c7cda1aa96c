"""The result as it is kept."""

from __future__ import annotations

import json
from pathlib import Path

from bench.oracle.compare import Difference, Row
from bench.oracle.report import Report, store

SAME = Row("one", "does one thing", "f1", "same")
MEANT = Row("two", "does a|b", "f2", "differs as meant", (Difference("start", ("a",), ("b",)),), ("meant (there)",))
FAILED = Row("three", "fails", "f3", "failed", (Difference("guest", ("x",), ()),), (), ("differs: guest",))
REPORT = Report([SAME, MEANT, FAILED], {"Envoy": "1.40.0", "Penstock": "0.1.0"})


def test_the_summary_counts_each_verdict():
    assert REPORT.summary().startswith("3 scenarios: 1 the same, 1 different as meant, 1 failed. Envoy 1.40.0")


def test_the_text_shows_failures_line_by_line():
    assert REPORT.text().splitlines()[:4] == ["three: fails", "  differs: guest", "    guest:", "      Envoy     x"]


def test_each_scenario_has_its_line_in_the_table():
    lines = REPORT.markdown().splitlines()
    assert "| `one` | does one thing | same |" in lines
    assert "| `two` | does a\\|b | [differs as meant](#two) |" in lines
    assert "| `three` | fails | **failed**<br>differs: guest |" in lines


def test_the_normalisations_stand_beside_the_result():
    assert "| left out: `date` | the time of the run |" in REPORT.markdown().splitlines()


def test_what_differs_is_shown_line_by_line_with_its_reason():
    assert "### `two`\n\nMeant (there).\n\n```\nstart:\n  Envoy     a\n  Penstock  b\n```" in REPORT.markdown()


def test_both_forms_are_kept(tmp_path: Path):
    store(REPORT, tmp_path)
    kept = json.loads((tmp_path / "oracle.json").read_text())
    assert [row["verdict"] for row in kept["rows"]] == ["same", "differs as meant", "failed"]
    assert (tmp_path / "oracle.md").read_text() == REPORT.markdown()
