"""What is counted of a version's calls."""

from __future__ import annotations

from proxy.errors import GuestTrap
from proxy.metrics import Registry
from wasm_host.functions.books import Books


def test_a_version_that_is_not_called_takes_no_room_in_the_metrics() -> None:
    registry = Registry()
    Books(registry, "hello")
    assert registry.function_duration.samples() == registry.functions_running.samples() == []


def test_a_call_is_counted_by_what_it_came_to_with_its_times() -> None:
    registry = Registry()
    books = Books(registry, "hello")
    books.ended("ok", 2.0, 0.25)
    books.ended("timeout", 1.0, 0.5)
    assert books.outcomes == {"ok": 1, "timeout": 1}
    assert registry.function_cpu.child("hello").value == 0.75
    assert registry.function_duration.child("hello").total == 3.0
    assert registry.function_requests.child("hello", "ok").value == 1


def test_a_call_that_never_was_one_took_no_time() -> None:
    registry = Registry()
    Books(registry, "hello").count("function_busy")
    assert registry.function_requests.child("hello", "function_busy").value == 1
    assert registry.function_duration.samples() == []


def test_two_versions_of_a_function_share_its_metrics_and_not_their_own_outcomes() -> None:
    registry = Registry()
    first, second = Books(registry, "hello"), Books(registry, "hello")
    first.count("ok")
    second.count("ok")
    assert (first.outcomes["ok"], registry.function_requests.child("hello", "ok").value) == (1, 2)


def test_a_trap_is_counted_by_its_reason() -> None:
    registry = Registry()
    Books(registry, "hello").trapped(GuestTrap("", reason="unreachable"))
    assert registry.wasm_traps.child("hello", "unreachable").value == 1
