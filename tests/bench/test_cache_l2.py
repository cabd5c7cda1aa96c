"""What is asked where the shared tier is measured."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from bench.cache_l2 import LARGE, REDIS_LOOKUPS, SMALL, UPSTREAM_REQUESTS, SharedTier, Subject, expect_few, total
from bench.peers import Place
from bench.process import BenchError, Process, free_port
from bench.works import Work

PLACE = Place(Path("/nowhere"), port=8080, admin_port=9901, origin_port=9000)


@pytest.mark.parametrize("work", [SMALL, LARGE], ids=lambda work: work.name)
def test_its_penstock_has_little_memory_and_a_redis(work: Work):
    (text,) = SharedTier(6400).files(work, PLACE).values()
    document = yaml.safe_load(text)
    cache = document["caches"]["default"]
    assert cache["redis"] == {"url": "redis://127.0.0.1:6400/0"}
    assert cache["memory"] in ("128KiB", "1MiB")
    assert document["routes"][0]["cache"] == "default"


def test_answers_from_elsewhere_than_a_row_says_are_an_error(tmp_path: Path):
    with Process("idle", [sys.executable, "-c", ""], tmp_path, free_port()) as process:
        subject = Subject("hits", SMALL, process)
        expect_few(subject, "asked the origin", 20, 1000)
        with pytest.raises(BenchError, match="hits: of 1000 requests 21 asked the origin"):
            expect_few(subject, "asked the origin", 21, 1000)


def test_counters_are_added_up_by_their_labels():
    metrics = """\
# TYPE penstock_upstream_requests_total counter
penstock_upstream_requests_total{code="200",upstream="origin"} 40.0
penstock_upstream_requests_total{code="304",upstream="origin"} 2.0
penstock_cache_lookup_duration_seconds_count{cache="default",tier="memory"} 7.0
penstock_cache_lookup_duration_seconds_count{cache="default",tier="redis"} 5.0
"""
    assert (total(metrics, UPSTREAM_REQUESTS), total(metrics, REDIS_LOOKUPS)) == (42, 5)
