"""A judgement is told in numbers, and by each difference."""

from __future__ import annotations

from pathlib import Path

from bench.waf.report import Report, load, store
from bench.waf.verdict import Verdict

VERDICTS = [
    Verdict("some", "some-1", (11, 12), "attack", "blocked", (11, 99), "passed"),
    Verdict("some", "some-2", (11,), "attack", "blocked", (11, 99), "blocked"),
    Verdict("other", "other-1", (), "benign", "passed", (), "refused"),
    Verdict("other", "other-2", (), "benign", "passed", (), "passed"),
]
REPORT = Report.of("waf_x", "A title", {"A server": "1.2"}, VERDICTS)


def test_only_differences_are_listed_with_the_rules_that_matter():
    text = REPORT.text()
    assert "some-1" in text
    assert "11 12" in text
    assert "11 99" in text
    assert "some-2" not in text
    assert "Attacks stopped: 50.00% (at least 98%); near-misses stopped by the WAF: 0.00% (at most 2%)" in text
    assert "by Penstock in all: 50.00%." in text


def test_the_page_has_a_row_for_each_file_each_label_and_all():
    page = REPORT.markdown()
    assert "| some | 2 | 2 | 1 (0) | 0 | 0 (0) | 0 | 0 (0) |" in page
    assert "| other | 2 | 0 | 0 (0) | 2 | 1 (1) | 0 | 0 (0) |" in page
    assert "| benign | 2 | 0 | 0 (0) | 2 | 1 (1) | 0 | 0 (0) |" in page
    assert "| all | 4 | 2 | 1 (0) | 2 | 1 (1) | 0 | 0 (0) |" in page
    assert "A server 1.2" in page


def test_where_they_agree_nothing_is_listed():
    page = Report.of("waf_x", "A title", {}, VERDICTS[1:2]).markdown()
    assert page.count("None.") == 2


def test_what_is_kept_can_be_read_again(tmp_path: Path):
    store(REPORT, tmp_path)
    assert load(tmp_path / "waf_x.json") == Report(
        **{**vars(REPORT), "differing": [each for each in VERDICTS if each.differs]}
    )
    assert (tmp_path / "waf_x.md").read_text() == REPORT.markdown()
