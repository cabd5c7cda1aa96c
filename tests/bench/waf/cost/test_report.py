"""What was measured, and whether it is little enough."""

from __future__ import annotations

from pathlib import Path

from bench.waf.cost.measure import Sample
from bench.waf.cost.report import Report, Row, store, summarise


def sample(server: str, round_: int, cpu_us: float) -> Sample:
    return Sample("OWASP CRS 4.99.0", "form", server, round_, 1000, cpu_us, 0.9, 1.0, 2.0)


BOTH = [sample("modsecurity", at, 1000.0 + at) for at in range(3)] + [sample("penstock", at, 200.0) for at in range(3)]


def report(samples: list[Sample]) -> Report:
    return Report(
        rows=summarise(samples),
        samples=samples,
        versions={"A server": "1.2"},
        machine={"cpu": "A CPU", "cores": 2, "kernel": "6.1"},
        date="2026-01-01",
        runs=3,
        seconds=4.0,
    )


def test_a_row_has_medians_and_the_median_of_the_rounds_ratios():
    (row,) = summarise(BOTH)
    assert row == Row("OWASP CRS 4.99.0", "form", 1001.0, 200.0, 200.0 / 1001.0)


def test_a_quarter_of_the_reference_is_too_much():
    assert report(BOTH).good
    assert not report([sample("modsecurity", 0, 1000.0), sample("penstock", 0, 250.0)]).good


def test_the_reference_may_have_been_measured_alone():
    alone = report(BOTH[:3])
    assert alone.good
    assert "| OWASP CRS 4.99.0 | form POST, 10 fields | 1001 | – | – |" in alone.markdown()


def test_it_is_kept_as_page_and_as_json(tmp_path: Path):
    store(report(BOTH), tmp_path)
    page = (tmp_path / "waf.md").read_text()
    assert "| OWASP CRS 4.99.0 | form POST, 10 fields | 1001 | 200 | 0.200 |" in page
    assert "A server 1.2 · A CPU, 2 cores, Linux 6.1 · 2026-01-01" in page
    assert '"times": 0.1998' in (tmp_path / "waf.json").read_text()
