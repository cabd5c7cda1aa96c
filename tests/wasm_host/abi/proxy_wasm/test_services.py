"""What filters share, and what is their own."""

from proxy.messages import Request
from proxy.metrics import Registry
from proxy.upstream.upstream import Upstream
from wasm_host.abi.proxy_wasm.http_calls import HttpCall
from wasm_host.abi.proxy_wasm.numbers import MetricKind
from wasm_host.abi.proxy_wasm.services import WorkerServices


def test_shared_data_and_queues_are_the_workers() -> None:
    worker = WorkerServices({}, Registry())
    one, other = worker.of("one"), worker.of("other")
    assert one.shared_data is other.shared_data
    assert one.queues is other.queues


def test_metrics_and_calls_are_the_filters() -> None:
    worker = WorkerServices({}, Registry())
    one, other = worker.of("one"), worker.of("other")
    assert one.metrics is not other.metrics
    assert one.http_calls is not other.http_calls


def test_a_filter_has_the_same_services_each_time() -> None:
    worker = WorkerServices({}, Registry())
    assert worker.of("one") is worker.of("one")


def test_upstreams_are_those_of_the_configuration() -> None:
    upstreams = {"api": Upstream("api", [], registry=Registry())}
    assert WorkerServices(upstreams, Registry()).of("one").upstreams is upstreams


def test_a_trial_leaves_no_trace() -> None:
    registry = Registry()
    worker = WorkerServices({}, registry)
    before = registry.snapshot()
    real, trial = worker.of("one"), worker.of_trial("one")
    trial.shared_data.set("vm", b"key", b"value", 0)
    trial.queues.register("vm", b"work", print)
    trial.metrics.define(MetricKind.COUNTER, b"hits")
    assert real.shared_data.get("vm", b"key") is None
    assert real.queues.resolve("vm", b"work") is None
    assert "wasm_custom_total" not in registry.snapshot().keys() - before.keys()


def test_a_trials_calls_are_taken_and_never_made() -> None:
    upstream = Upstream("api", [], registry=Registry())
    call = HttpCall(upstream, Request("GET", "/", authority="calls.test"), 1.0)
    under_way = WorkerServices({}, Registry()).of_trial("one").http_calls.dispatch(call, print)  # There is no loop.
    assert under_way is not None
    under_way.cancel()


async def test_a_worker_that_made_no_calls_closes() -> None:
    await WorkerServices({}, Registry()).close()
