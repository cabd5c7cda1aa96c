"""Metrics of guests. What is refused was seen in a live Envoy."""

import logging

import pytest

from proxy.exposition import render
from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.custom_metrics import LONGEST_NAME, MOST_METRICS, CustomMetrics, Metric
from wasm_host.abi.proxy_wasm.numbers import OK, MetricKind, Status


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def metrics(registry: Registry) -> CustomMetrics:
    return CustomMetrics(registry, "auth")


def define(metrics: CustomMetrics, kind: MetricKind, name: bytes = b"it") -> Metric:
    id = metrics.define(kind, name)
    assert id is not None
    metric = metrics.find(id)
    assert metric is not None
    return metric


def test_the_same_kind_and_name_is_the_same_metric(metrics: CustomMetrics) -> None:
    assert metrics.define(MetricKind.COUNTER, b"hits") == metrics.define(MetricKind.COUNTER, b"hits")


def test_another_kind_of_the_same_name_is_another_metric(metrics: CustomMetrics) -> None:
    assert metrics.define(MetricKind.COUNTER, b"hits") != metrics.define(MetricKind.GAUGE, b"hits")


def test_ids_that_were_never_given_are_not_found(metrics: CustomMetrics) -> None:
    metrics.define(MetricKind.COUNTER, b"hits")
    assert [metrics.find(0), metrics.find(2), metrics.find(0xFFFF_FFFF)] == [None] * 3


def test_a_counter_only_goes_up(metrics: CustomMetrics) -> None:
    counter = define(metrics, MetricKind.COUNTER)
    assert [counter.increment(2), counter.increment(-1), counter.increment(0)] == [OK, Status.BAD_ARGUMENT, OK]
    assert counter.value == 2


def test_what_is_recorded_on_a_counter_is_added(metrics: CustomMetrics) -> None:
    counter = define(metrics, MetricKind.COUNTER)
    counter.increment(5)
    assert counter.record(9) == OK
    assert counter.value == 14


def test_a_counter_takes_records_as_unsigned(metrics: CustomMetrics) -> None:
    counter = define(metrics, MetricKind.COUNTER)
    counter.record(-1)
    assert counter.value == 2**64 - 1


def test_a_gauge_is_set_and_moved_both_ways(metrics: CustomMetrics) -> None:
    gauge = define(metrics, MetricKind.GAUGE)
    assert [gauge.record(10), gauge.increment(-4), gauge.increment(1)] == [OK] * 3
    assert gauge.value == 7


def test_a_histogram_is_only_recorded(metrics: CustomMetrics) -> None:
    histogram = define(metrics, MetricKind.HISTOGRAM)
    assert [histogram.record(5), histogram.increment(1)] == [OK, Status.BAD_ARGUMENT]
    assert histogram.value is None


def test_guests_metrics_are_in_the_exposition(metrics: CustomMetrics, registry: Registry) -> None:
    define(metrics, MetricKind.COUNTER, b"hits").increment(3)
    define(metrics, MetricKind.GAUGE, b"level").record(-2)
    define(metrics, MetricKind.HISTOGRAM, b"times").record(7)
    text = render(registry.snapshot(), [], "")[0].decode()
    assert 'penstock_wasm_custom_total{filter="auth",name="hits"} 3.0' in text
    assert 'penstock_wasm_custom_value{filter="auth",name="level"} -2.0' in text
    assert 'penstock_wasm_custom_observations_bucket{filter="auth",le="5.0",name="times"} 0.0' in text
    assert 'penstock_wasm_custom_observations_bucket{filter="auth",le="10.0",name="times"} 1.0' in text
    assert 'penstock_wasm_custom_observations_sum{filter="auth",name="times"} 7.0' in text


def test_a_filter_made_anew_counts_on(metrics: CustomMetrics, registry: Registry) -> None:
    define(metrics, MetricKind.COUNTER).increment(3)
    assert define(CustomMetrics(registry, "auth"), MetricKind.COUNTER).value == 3


def test_names_cannot_break_the_exposition(metrics: CustomMetrics, registry: Registry) -> None:
    define(metrics, MetricKind.COUNTER, b'a"b\n\x00\xff\xc3\xa9').increment(1)
    assert registry.snapshot()["wasm_custom_total"] == [(["auth", 'a"b__\N{REPLACEMENT CHARACTER}é'], 1)]
    assert render(registry.snapshot(), [], "")[0].count(b'a\\"b__') == 1


def test_one_metric_too_many_is_refused_and_those_that_are_there_stay(metrics: CustomMetrics) -> None:
    for number in range(MOST_METRICS):
        assert metrics.define(MetricKind.COUNTER, b"%d" % number) is not None
    assert metrics.define(MetricKind.COUNTER, b"one more") is None
    assert metrics.define(MetricKind.COUNTER, b"0") == 1


def test_a_name_has_a_longest_length(metrics: CustomMetrics) -> None:
    assert metrics.define(MetricKind.COUNTER, b"a" * LONGEST_NAME) is not None
    assert metrics.define(MetricKind.COUNTER, b"a" * (LONGEST_NAME + 1)) is None


def test_refusals_are_said_once(metrics: CustomMetrics, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        metrics.define(MetricKind.COUNTER, b"a" * 300)
        metrics.define(MetricKind.COUNTER, b"b" * 300)
    (record,) = caplog.records
    assert record.getMessage().startswith("auth: metric b'aaa")
