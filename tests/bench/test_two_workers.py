"""Two workers beside one: ratio and split."""

from __future__ import annotations

from pathlib import Path

from bench.two_workers import Report, Sample, store


def samples(times: float = 1.05, share: float = 0.45) -> list[Sample]:
    ones = [Sample(1, at, 1000, 30.0 + at, [1.0]) for at in range(3)]
    return ones + [Sample(2, at, 1000, (30.0 + at) * times, [share, 1 - share]) for at in range(3)]


def test_a_tenth_more_and_a_fair_split_are_good():
    report = Report.of(samples())
    assert round(report.times, 3) == 1.05
    assert report.good


def test_a_request_that_costs_more_is_not():
    assert not Report.of(samples(times=1.2)).good


def test_a_worker_that_gets_too_little_is_not():
    assert not Report.of(samples(share=0.39)).good


def test_it_is_kept_as_page_and_as_json(tmp_path: Path):
    store(Report.of(samples()), tmp_path)
    assert "| two, × one | 1.05 | ≤ 1.1 |" in (tmp_path / "two_workers.md").read_text()
    assert '"workers": 2' in (tmp_path / "two_workers.json").read_text()
