"""What is taken of processes, and which of it makes a trend."""

from __future__ import annotations

import os
import threading

from bench.soak.samples import Sample, sample, trends

MIB = 1024 * 1024


def taken(pid: int, begin: int, end: int, grows: int = 0) -> list[Sample]:
    """Make a sample for every second."""
    return [Sample(at, pid, "worker", 100 * MIB + grows * at, 50 * MIB, 20, 3) for at in range(begin, end)]


def test_this_process_holds_something():
    found = sample(os.getpid(), "worker", 1.0)
    assert found is not None
    assert found.rss_bytes >= found.pss_bytes > MIB
    assert found.descriptors == len(os.listdir("/proc/self/fd"))  # both count the one that looks
    assert found.threads >= threading.active_count()


def test_a_process_that_is_gone_holds_nothing():
    assert sample(2**22 + 1, "worker", 1.0) is None


def test_only_the_warm_part_counts():
    (trend,) = trends(taken(7, 0, 100, grows=10), 50, 5)
    assert (trend.from_s, trend.to_s, trend.rss.points) == (50, 99, 50)
    assert round(trend.rss.per_s, 6) == 10
    assert trend.pss.per_s == trend.descriptors.per_s == 0


def test_a_successor_becomes_warm_first():
    (trend,) = trends(taken(8, 60, 100), 50, 20)
    assert (trend.from_s, trend.rss.points) == (80, 20)


def test_a_worker_that_was_replaced_early_has_no_trend():
    assert trends([*taken(7, 0, 55), *taken(8, 95, 100)], 50, 0) == []
