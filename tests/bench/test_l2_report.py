"""The result of the shared tier's measurement: medians, limits, forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.l2_report import Report, Sample, store
from bench.timing import Timing

MACHINE: dict[str, str | int] = {"python": "3.11", "cpu": "some", "kernel": "6.1", "cores": 2}


def sample(title: str, p50_ms: float, redis_us: float | None = None, limit_ms: float | None = None) -> Sample:
    return Sample(title, 1000.0, p50_ms, 2 * p50_ms, 100.0, redis_us, limit_ms)


def report(hit_ms: float = 0.6, decision_us: float = 1.0) -> Report:
    samples = [sample("origin", 0.1), sample("hit", 0.4, 20.0, 1.0)]
    samples += [sample("origin", 0.3), sample("hit", hit_ms, 30.0, 1.0), sample("hit", 2.0, 60.0, 1.0)]
    return Report(samples, [Timing("decide", decision_us, {}, 3.0), Timing("key", 9.0, {}, None)], MACHINE)


def test_a_row_is_the_median_of_its_runs():
    origin, hit = report().rows()
    assert (origin.p50_ms, origin.redis_us) == (pytest.approx(0.2), None)
    assert (hit.p50_ms, hit.redis_us) == (0.6, 30.0)


def test_what_is_over_its_limit_is_named():
    assert report().missed() == []
    assert report(hit_ms=1.5).missed() == ["hit"]
    assert report(decision_us=3.5).missed() == ["decide"]


def test_the_page_says_what_was_asked_beside_what_was_measured():
    assert "| hit | 1,000 | 0.60 | < 1 | 1.20 | 100 | 30 |" in report().markdown()
    assert "| decide | 1.00 | < 3 |" in report().markdown()


def test_both_forms_are_kept(tmp_path: Path):
    store(report(), tmp_path)
    assert len(json.loads((tmp_path / "cache_l2.json").read_text())["samples"]) == 5
    assert (tmp_path / "cache_l2.md").read_text() == report().markdown()
