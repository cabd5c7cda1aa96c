"""Metrics as guests call them. Every status was seen in a live Envoy."""

import pytest
from kit.host_calls import ALLOCATOR, NUMBER, WILD, HostCalls, program_of

from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.custom_metrics import MOST_METRICS
from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, MetricKind, Status
from wasm_host.abi.proxy_wasm.services import WorkerServices
from wasm_host.memory import OutOfBounds


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def host(registry: Registry) -> HostCalls:
    return HostCalls(WorkerServices({}, registry).of("auth"))


def define(host: HostCalls, kind: MetricKind, name: bytes = b"it") -> int:
    assert host.call("define_metric", kind, name, NUMBER) == OK
    return host.number


def test_a_counter_is_incremented_recorded_and_read(host: HostCalls) -> None:
    counter = define(host, MetricKind.COUNTER)
    assert host.call("increment_metric", counter, 5) == OK
    assert host.call("record_metric", counter, 9) == OK
    assert host.call("get_metric", counter, NUMBER) == OK
    assert host.wide_number == 14


def test_a_counter_refuses_to_go_down(host: HostCalls) -> None:
    assert host.call("increment_metric", define(host, MetricKind.COUNTER), -1) == Status.BAD_ARGUMENT


def test_a_gauge_below_zero_is_read_as_twos_complement(host: HostCalls) -> None:
    gauge = define(host, MetricKind.GAUGE)
    host.call("increment_metric", gauge, -4)
    assert host.call("get_metric", gauge, NUMBER) == OK
    assert host.wide_number == 2**64 - 4


def test_a_histogram_can_only_be_recorded(host: HostCalls) -> None:
    histogram = define(host, MetricKind.HISTOGRAM)
    assert host.call("record_metric", histogram, 5) == OK
    assert host.call("increment_metric", histogram, 1) == Status.BAD_ARGUMENT
    assert host.call("get_metric", histogram, NUMBER) == Status.BAD_ARGUMENT


def test_defining_again_gives_the_same_id(host: HostCalls) -> None:
    assert define(host, MetricKind.COUNTER) == define(host, MetricKind.COUNTER)


def test_an_unknown_kind_is_a_bad_argument(host: HostCalls) -> None:
    assert host.call("define_metric", 3, b"odd", NUMBER) == Status.BAD_ARGUMENT


def test_an_unknown_id_is_not_found(host: HostCalls) -> None:
    assert host.call("increment_metric", 9996, 1) == NOT_FOUND
    assert host.call("record_metric", 9996, 1) == NOT_FOUND
    assert host.call("get_metric", 9996, NUMBER) == NOT_FOUND


def test_too_many_metrics_are_a_failure(host: HostCalls) -> None:
    for number in range(MOST_METRICS):
        define(host, MetricKind.COUNTER, b"%d" % number)
    assert host.call("define_metric", MetricKind.COUNTER, b"one more", NUMBER) == Status.INTERNAL_FAILURE


def test_wild_pointers_raise(host: HostCalls) -> None:
    with pytest.raises(OutOfBounds):
        host.call("define_metric", MetricKind.COUNTER, WILD, 4, NUMBER)
    counter = define(host, MetricKind.COUNTER)
    with pytest.raises(OutOfBounds):
        host.call("get_metric", counter, WILD)


def test_wide_numbers_come_through_the_link_with_their_sign(registry: Registry) -> None:
    guest = """
        (import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))
        (import "env" "proxy_increment_metric" (func $increment (param i32 i64) (result i32)))
        (data (i32.const 0) "level")
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
          (drop (call $define (i32.const 1) (i32.const 0) (i32.const 5) (i32.const 16)))
          (i32.eqz (call $increment (i32.load (i32.const 16)) (i64.const -5000000000))))
    """
    program_of(guest + ALLOCATOR, WorkerServices({}, registry).of("auth")).make()
    assert registry.snapshot()["wasm_custom_value"] == [(["auth", "level"], -5_000_000_000)]
