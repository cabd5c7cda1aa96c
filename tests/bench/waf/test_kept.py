"""Whatever judgement is kept is good enough, and its page is of the same run."""

from __future__ import annotations

from bench.waf.__main__ import RESULTS
from bench.waf.report import load


def test_every_judgement_that_is_kept_is_good_enough():
    kept = [load(path) for path in sorted(RESULTS.glob("waf_*.json"))]
    assert [report.name for report in kept if not report.total.good] == []


def test_every_page_is_of_the_same_run():
    for path in RESULTS.glob("waf_*.json"):
        assert path.with_suffix(".md").read_text() == load(path).markdown()
