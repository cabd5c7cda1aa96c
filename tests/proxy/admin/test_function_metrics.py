"""What was measured of one function."""

from __future__ import annotations

from proxy.admin.function_metrics import metrics_of
from proxy.metrics import Registry


def test_only_the_function_s_own_samples_are_told() -> None:
    registry = Registry()
    registry.function_requests.child("hello", "ok").value += 3
    registry.function_requests.child("other", "ok").value += 4
    [(name, family)] = metrics_of("hello", registry.snapshot()).items()
    assert (name, family["kind"]) == ("penstock_function_requests_total", "counter")
    assert family["samples"] == [{"labels": {"outcome": "ok"}, "value": 3}]


def test_buckets_count_up_to_their_bound() -> None:
    registry = Registry()
    for seconds in (0.00001, 0.002, 100.0):
        registry.function_duration.child("hello").observe(seconds)
    [sample] = metrics_of("hello", registry.snapshot())["penstock_function_duration_seconds"]["samples"]
    assert (sample["count"], sample["sum"]) == (3, 100.00201)
    assert (sample["buckets"]["5e-05"], sample["buckets"]["0.0025"], sample["buckets"]["+Inf"]) == (1, 2, 3)


def test_host_calls_are_those_of_the_guest_not_of_the_function_that_it_called() -> None:
    registry = Registry()
    registry.wasm_hostcalls.child("hello", "log", "ok").value += 1
    assert metrics_of("log", registry.snapshot()) == {}
    [family] = metrics_of("hello", registry.snapshot()).values()
    assert family["samples"] == [{"labels": {"function": "log", "outcome": "ok"}, "value": 1}]


def test_of_a_function_that_was_never_called_there_is_nothing() -> None:
    assert metrics_of("hello", Registry().snapshot()) == {}
