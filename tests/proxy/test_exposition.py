"""Snapshots of several workers become one exposition."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from proxy.exposition import lasting, merge, render
from proxy.metrics import SPECS, Registry, Snapshot

OPENMETRICS = "application/openmetrics-text; version=1.0.0"

# Dyadic, so that adding in any order gives the same float.
seconds = st.integers(0, 20_000).map(lambda number: number / 1024)
operations = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["count", "observe", "level"]), st.sampled_from(["a", "b"]), seconds)
)


def apply(registry: Registry, kind: str, name: str, value: float) -> None:
    if kind == "count":
        registry.http_requests.child(name, "r", "GET", 200).value += 1
    elif kind == "observe":
        registry.http_request_duration.child(name, "r").observe(value)
    else:
        registry.http_requests_in_flight.child(name).value += 1


def through_json(snapshot: Snapshot) -> Snapshot:
    """Do to a snapshot what the control channel does."""
    return json.loads(json.dumps(snapshot))


def by_labels(snapshot: Snapshot) -> dict[str, dict[tuple[str, ...], object]]:
    return {name: {tuple(labels): value for labels, value in samples} for name, samples in snapshot.items()}


@given(operations)
def test_workers_merged_have_counted_what_one_would_have(steps: list[tuple[int, str, str, float]]) -> None:
    alone, workers = Registry(), [Registry(), Registry(), Registry()]
    for worker, *step in steps:
        apply(alone, *step)
        apply(workers[worker], *step)
    merged = merge(through_json(worker.snapshot()) for worker in workers)
    assert by_labels(merged) == by_labels(alone.snapshot())


@given(operations)
def test_merging_in_steps_changes_nothing(steps: list[tuple[int, str, str, float]]) -> None:
    workers = [Registry(), Registry(), Registry()]
    for worker, *step in steps:
        apply(workers[worker], *step)
    one, two, three = (worker.snapshot() for worker in workers)
    assert merge([merge([one, two]), three]) == merge([one, two, three])


def test_merging_leaves_the_snapshots_as_they_were() -> None:
    registry = Registry()
    registry.http_request_duration.child("a", "r").observe(1)
    snapshot = registry.snapshot()
    before = json.dumps(snapshot)
    merge([snapshot, snapshot])
    assert json.dumps(snapshot) == before


def test_an_endpoint_is_up_only_if_all_workers_say_so() -> None:
    workers = [Registry(), Registry()]
    for worker, up in zip(workers, (1, 0), strict=True):
        worker.upstream_endpoint_up.child("api", "10.0.0.1:80").value = up
    merged = merge(worker.snapshot() for worker in workers)
    assert merged["upstream_endpoint_up"] == [(["api", "10.0.0.1:80"], 0)]


def test_a_family_of_another_version_is_left_out() -> None:
    assert merge([{"from_the_future_total": [([], 1)]}]) == {}


def test_a_histogram_that_meets_a_number_is_an_error() -> None:
    name = "event_loop_lag_seconds"
    with pytest.raises(ValueError, match=name):
        merge([{name: [([], 1)]}, {name: [([], [0.0, 1])]}])


def test_what_a_worker_counted_outlives_it_and_its_gauges_do_not() -> None:
    registry = Registry()
    apply(registry, "count", "a", 0)
    apply(registry, "observe", "a", 1)
    apply(registry, "level", "a", 0)
    assert set(lasting(registry.snapshot())) == {"http_requests_total", "http_request_duration_seconds"}


def busy() -> Snapshot:
    """Return a snapshot in which every family has a child."""
    registry = Registry()
    for family in registry.families():
        family.child(*('odd "label"\n' for _ in family.spec.labels))
    registry.http_request_duration.child("public", "api").observe(0.3)
    registry.http_request_duration.child("public", "api").observe(30)
    return registry.snapshot()


def test_text_for_prometheus_parses_and_names_every_family() -> None:
    text, content_type = render(busy(), [], "")
    families = {family.name for family in parse_text(text.decode())}
    assert content_type.startswith("text/plain; version=0.0.4")
    assert {f"penstock_{name}".removesuffix("_total") for name in SPECS} <= families
    assert {"penstock_build_info", "process_cpu_seconds", "process_resident_memory_bytes"} <= families


def test_openmetrics_parses_where_accept_asks_for_it() -> None:
    text, content_type = render(busy(), [], OPENMETRICS)
    assert content_type.startswith("application/openmetrics-text")
    assert {family.name for family in parse_openmetrics(text.decode())} >= {"penstock_http_requests"}


def test_buckets_are_cumulative_and_end_with_the_count() -> None:
    text, _ = render(busy(), [], "")
    samples = {
        (sample.name, sample.labels.get("le")): sample.value
        for family in parse_text(text.decode())
        for sample in family.samples
        if sample.labels.get("route") == "api"
    }
    name = "penstock_http_request_duration_seconds"
    assert samples[name + "_bucket", "0.25"] == 0
    assert samples[name + "_bucket", "0.5"] == 1
    assert samples[name + "_bucket", "10.0"] == 1
    assert samples[name + "_bucket", "+Inf"] == samples[name + "_count", None] == 2
    assert samples[name + "_sum", None] == 30.3


def test_a_worker_that_just_ended_does_not_break_a_scrape() -> None:
    text, _ = render({}, [2**22 - 1, os.getpid()], "")
    assert b"process_open_fds" in text
