"""Families, children and snapshots."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.metrics import DURATION_BOUNDS_S, SPECS, Distribution, Registry, method_label


def test_the_same_labels_give_the_same_child() -> None:
    requests = Registry().http_requests
    assert requests.child("public", "api", "GET", "200") is requests.child("public", "api", "GET", "200")


def test_a_status_counts_the_same_as_a_number_and_as_text() -> None:
    requests = Registry().http_requests
    assert requests.child("public", "api", "GET", 200) is requests.child("public", "api", "GET", "200")


def test_other_labels_give_another_child() -> None:
    requests = Registry().http_requests
    assert requests.child("public", "api", "GET", 200) is not requests.child("public", "api", "GET", 201)


def test_too_few_labels_are_a_programming_error() -> None:
    with pytest.raises(ValueError, match="http_requests_total has the labels"):
        Registry().http_requests.child("public")


def test_a_snapshot_holds_what_was_added() -> None:
    registry = Registry()
    registry.http_requests.child("public", "api", "GET", 200).value += 3
    assert registry.snapshot() == {"http_requests_total": [(["public", "api", "GET", "200"], 3)]}


def test_a_snapshot_does_not_change_afterwards() -> None:
    registry = Registry()
    child = registry.http_request_duration.child("public", "api")
    before = json.dumps(registry.snapshot())
    snapshot = registry.snapshot()
    child.observe(0.1)
    assert json.dumps(snapshot) == before


def test_children_that_are_forgotten_are_made_anew() -> None:
    registry = Registry()
    kept, gone = (registry.upstream_endpoint_up.child(name, "a:1") for name in ("kept", "gone"))
    registry.upstream_endpoint_up.forget("gone")
    assert registry.snapshot() == {"upstream_endpoint_up": [(["kept", "a:1"], 0)]}
    assert registry.upstream_endpoint_up.child("kept", "a:1") is kept
    assert registry.upstream_endpoint_up.child("gone", "a:1") is not gone


def test_an_observation_on_a_bound_belongs_below_it() -> None:
    distribution = Distribution((), (1.0, 2.0))
    distribution.observe(1.0)
    assert distribution.sample() == [1.0, 1, 0, 0]


@given(st.floats(0, 100))
def test_each_observation_is_in_the_first_bucket_that_reaches_it(seconds: float) -> None:
    distribution = Distribution((), DURATION_BOUNDS_S)
    distribution.observe(seconds)
    expected = sum(bound < seconds for bound in DURATION_BOUNDS_S)
    assert distribution.counts.index(1) == expected


def test_uncommon_methods_share_one_label() -> None:
    assert [method_label(method) for method in ("GET", "PROPFIND", "get", "X" * 50)] == ["GET", *["other"] * 3]


def test_no_label_can_hold_what_a_client_chooses() -> None:
    names = {label for spec in SPECS.values() for label in spec.labels}
    configured = {"listener", "route", "filter", "hook", "upstream", "endpoint", "sha256", "abi", "cache"}
    configured |= {"certificate"}
    fixed = {
        "method",
        "code",
        "reason",
        "action",
        "state",
        "function",
        "outcome",
        "result",
        "tier",
        "kind",
        "direction",
        "version",
        "resumed",
        "store",
        "verdict",
    }
    bounded = {"name", "rule"}  # wasm_host/abi/proxy_wasm/custom_metrics.py, proxy/firewall_book.py
    assert names <= configured | fixed | bounded


def test_no_two_families_have_one_name_in_openmetrics_which_knows_no_total() -> None:
    names = [name.removesuffix("_total") for name in SPECS]
    assert len(names) == len(set(names))


def test_every_counter_ends_in_total_and_nothing_else_does() -> None:
    assert all(spec.name.endswith("_total") == (spec.kind == "counter") for spec in SPECS.values())
