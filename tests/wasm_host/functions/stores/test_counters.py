"""Counters that functions define."""

import pytest

from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.custom_metrics import MOST_METRICS
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.stores.counters import MOST_COUNTERS, Counters


def value(registry: Registry, name: str, function: str = "hello") -> float:
    return registry.function_custom.child(function, name).value


def refused(counters: Counters, name: str, by: int = 1) -> str:
    with pytest.raises(HostcallFailed) as failed:
        counters.add(name, by)
    return failed.value.reason


def test_a_counter_counts() -> None:
    registry = Registry()
    counters = Counters(registry, "hello")
    counters.add("orders.paid", 2)
    counters.add("orders.paid", 3)
    assert value(registry, "orders.paid") == 5


def test_functions_have_counters_of_their_own() -> None:
    registry = Registry()
    Counters(registry, "hello").add("orders", 1)
    Counters(registry, "other").add("orders", 2)
    assert (value(registry, "orders"), value(registry, "orders", "other")) == (1, 2)


@pytest.mark.parametrize("name", ["", "a b", "ä", "a\n", "a{", '"', "x" * 65])
def test_a_name_is_of_a_fixed_set_of_letters(name: str) -> None:
    assert refused(Counters(Registry(), "hello"), name) == "invalid"


@pytest.mark.parametrize("by", [-1, 2**63])
def test_a_counter_takes_no_less_than_nothing_and_no_more_than_64_bits(by: int) -> None:
    counters = Counters(Registry(), "hello")
    assert refused(counters, "orders", by) == "invalid"


def test_a_function_has_only_so_many() -> None:
    counters = Counters(Registry(), "hello")
    for number in range(MOST_COUNTERS):
        counters.add(f"name-{number}", 1)
    assert refused(counters, "one-more") == "over_budget"
    counters.add("name-0", 1)


def test_they_are_as_many_as_a_proxy_wasm_filter_has() -> None:
    assert MOST_COUNTERS == MOST_METRICS
