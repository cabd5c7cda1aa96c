"""What half an hour came to, as a page and a verdict."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from bench.load.ledger import Failure
from bench.soak.samples import Sample
from bench.soak.soak import SUSPICIOUS, Soaked
from bench.soak.soak_report import Report, store

MIB = 1024 * 1024


def samples(rss_per_s: float = 0.0, descriptors_per_s: float = 0.0) -> list[Sample]:
    return [
        Sample(at, 7, "worker", int(100 * MIB + rss_per_s * at), 50 * MIB, int(50 + descriptors_per_s * at), 3)
        for at in range(0, 1800, 10)
    ]


SOAKED = Soaked(
    seconds=1800.0,
    asked={"kept": 1000, "websocket": 10},
    answered={"kept": 1000, "websocket": 10},
    failures=[],
    complaints=[],
    samples=samples(),
    reloads=14,
    renewals=4,
    replaced=[8, 9, 10],
    scrapes=360,
    busy={"Penstock": 0.25},
)


def faults(**changed: object) -> list[str]:
    return Report.of(replace(SOAKED, **changed)).faults()


def test_what_does_not_grow_and_does_not_fail_is_good():
    assert faults() == []


def test_growing_memory_is_a_fault():
    assert faults(samples=samples(rss_per_s=4096)) == ["worker 7: memory grow by 13.4% an hour"]


def test_growing_descriptors_are_a_fault():
    (fault,) = faults(samples=samples(descriptors_per_s=0.02))
    assert fault.startswith("worker 7: descriptors grow by")


def test_a_failed_request_is_a_fault():
    failed = Failure("kept", "reload 1", 1.0, 2.0, "reset", "gone")
    assert faults(answered={"kept": 999, "websocket": 10}, failures=[failed]) == ["kept: 1 failed"]


def test_what_the_log_complains_of_is_a_fault():
    assert faults(complaints=["Traceback (most recent call last):"]) == ["said: Traceback (most recent call last):"]


def test_a_run_too_short_for_a_slope_says_so():
    report = Report.of(replace(SOAKED, seconds=300.0, samples=samples(rss_per_s=1e6)[:30]))
    assert report.faults() == []
    assert "Nothing failed; too short to tell what grows." in report.markdown()


def test_only_lines_that_tell_of_trouble_are_complaints():
    assert SUSPICIOUS.search("worker 0 takes no more connections (SIGKILL); another starts in 0 s")
    assert not SUSPICIOUS.search("worker 0 takes no more connections (it drains); another starts in 0 s")
    assert not SUSPICIOUS.search("penstock: ready, 2 workers; public on 127.0.0.1:1")


def test_it_is_kept_as_page_and_as_json(tmp_path: Path):
    store(Report.of(SOAKED), tmp_path)
    page = (tmp_path / "soak.md").read_text()
    assert "Nothing grew, nothing failed." in page
    assert "| worker | 15–30 | 100.0 | +0.0 ± 0.0 | +0.0% | 50.0 | +0.0 ± 0.0 | 50.0 | +0.0 ± 0.0 |" in page
    assert "30 minutes, 1 requests a second; 14 reloads" in page
    assert json.loads((tmp_path / "soak.json").read_text())["faults"] == []
