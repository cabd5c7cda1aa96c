"""What operators are told of a store that does not work."""

import pytest
from kit import FakeClock

from proxy.metrics import Registry
from wasm_host.functions.stores.trouble import SILENCE_S, Trouble


def up(registry: Registry) -> float:
    return registry.function_store_up.child("kv").value


def test_trouble_is_said_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    with FakeClock() as clock:
        trouble = Trouble("kv", Registry())
        for _ in range(3):
            trouble.begin("no disk")
        assert caplog.messages == ["functions: kv is unavailable: no disk"]
        clock.advance(SILENCE_S)
        trouble.begin("no disk")
        assert len(caplog.messages) == 2


def test_its_end_is_said_where_it_was(caplog: pytest.LogCaptureFixture) -> None:
    trouble = Trouble("kv", Registry())
    trouble.end()
    assert not caplog.messages
    trouble.begin("no disk")
    trouble.end()
    trouble.end()
    assert caplog.messages[1:] == ["functions: kv is back"]


def test_a_store_that_comes_and_goes_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with FakeClock():
        trouble = Trouble("kv", Registry())
        for _ in range(10):
            trouble.begin("no disk")
            trouble.end()
    assert len(caplog.messages) == 2


def test_the_metrics_follow() -> None:
    registry = Registry()
    trouble = Trouble("kv", registry)
    assert up(registry) == 0
    trouble.end()
    assert up(registry) == 1
    trouble.begin("no disk")
    trouble.count("full")
    assert up(registry) == 0
    assert registry.function_store_failures.child("kv", "full").value == 1
