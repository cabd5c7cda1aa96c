"""What is counted about one filter's guests, by the filter's name."""

from proxy.errors import GuestTimeout, GuestTrap
from proxy.metrics import Registry
from wasm_host.guest_metrics import GuestMetrics


def test_each_filter_has_cells_of_its_own() -> None:
    registry = Registry()
    auth, ab = GuestMetrics(registry, "auth"), GuestMetrics(registry, "ab")
    auth.instances.value += 2
    ab.instances.value += 1
    auth.quarantined.value = 1
    auth.log_dropped.value += 5
    assert registry.wasm_instances.samples() == [(["auth"], 2), (["ab"], 1)]
    assert registry.wasm_quarantined.samples() == [(["auth"], 1), (["ab"], 0)]
    assert registry.wasm_log_dropped.samples() == [(["auth"], 5), (["ab"], 0)]


def test_failures_are_counted_by_their_reasons() -> None:
    registry = Registry()
    metrics = GuestMetrics(registry, "auth")
    for failure in (GuestTrap(), GuestTrap(reason="unreachable"), GuestTimeout(), GuestTrap()):
        metrics.trapped(failure)
    assert registry.wasm_traps.samples() == [
        (["auth", "trap"], 2),
        (["auth", "unreachable"], 1),
        (["auth", "timeout"], 1),
    ]


def test_a_filter_built_again_goes_on_counting() -> None:
    registry = Registry()
    GuestMetrics(registry, "auth").trapped(GuestTrap())
    GuestMetrics(registry, "auth").trapped(GuestTrap())
    assert registry.wasm_traps.samples() == [(["auth", "trap"], 2)]
