"""Medians, spread and ratios."""

from __future__ import annotations

import pytest

from bench.measure import Sample
from bench.summary import Addition, additions, summarise
from bench.works import Work


def sample(peer: str, round_: int, cpu_us: float, work: str = "small") -> Sample:
    return Sample(
        work=work,
        peer=peer,
        round=round_,
        requests=1000,
        per_second=1e6 / cpu_us,
        cpu_us=cpu_us,
        busy=1.0,
        p50_ms=0.5,
        p99_ms=1.0 + round_,
        peak_mib=10.0 + round_,
    )


def test_a_row_is_the_median_of_its_rounds_with_their_spread():
    (row,) = summarise([sample("nginx", round_, cpu) for round_, cpu in enumerate([15, 19, 14, 16, 30])])
    assert (row.cpu_low_us, row.cpu_us, row.cpu_high_us) == (14, 16, 30)


def test_the_peak_is_the_highest_of_all_rounds():
    (row,) = summarise([sample("nginx", round_, 15) for round_ in range(3)])
    assert row.peak_mib == 12.0


def test_ratios_are_taken_within_each_round_so_that_drift_cancels():
    samples = [sample("nginx", 0, 10), sample("penstock", 0, 15), sample("nginx", 1, 20), sample("penstock", 1, 30)]
    rows = {row.peer: row for row in summarise(samples)}
    assert rows["penstock"].ratios == {"nginx": pytest.approx(1.5)}


def test_there_is_no_ratio_to_a_peer_that_is_missing():
    (row,) = summarise([sample("penstock", 0, 20)])
    assert row.ratios == {}


def test_rows_come_by_work_and_peer_in_the_order_of_measuring():
    samples = [sample(peer, 0, 15, work) for work in ("small", "filters") for peer in ("penstock", "nginx")]
    assert [(row.work, row.peer) for row in summarise(samples)] == [
        ("small", "penstock"),
        ("small", "nginx"),
        ("filters", "penstock"),
        ("filters", "nginx"),
    ]


BASE, MORE = Work("small", "small"), Work("wasm", "more", base="small")


def test_what_a_work_adds_is_taken_within_each_round_so_that_drift_cancels():
    measured = {0: (20, 31), 1: (40, 50), 2: (30, 42)}
    samples = [
        sample("penstock", round_, cpu, work)
        for round_, pair in measured.items()
        for work, cpu in zip(("small", "wasm"), pair, strict=True)
    ]
    assert additions(samples, [BASE, MORE]) == [Addition("wasm", "small", "penstock", 11)]


def test_nothing_is_said_of_additions_where_the_base_was_not_measured():
    assert additions([sample("penstock", 0, 31, "wasm")], [BASE, MORE]) == []
