"""The limits of a guest, where the configuration does not say otherwise."""

import dataclasses

import pytest

from wasm_host.engine import TABLE_ELEMENTS, TICK_S
from wasm_host.limits import GuestLimits

MIB = 1024 * 1024


def test_the_defaults_are_those_that_the_documentation_gives() -> None:
    assert dataclasses.asdict(GuestLimits()) == {
        "memory_bytes": 64 * MIB,
        "table_elements": 10_000,
        "call_time_s": 0.05,
        "request_time_s": 0.5,
        "body_bytes": MIB,
        "on_body_overflow": "reject",
        "instances": 64,
        "pause_s": 30.0,
        "start_time_s": None,
    }


def test_the_defaults_can_be_kept_by_the_engine() -> None:
    limits = GuestLimits()
    assert limits.table_elements <= TABLE_ELEMENTS
    assert limits.call_time_s >= 2 * TICK_S
    assert limits.request_time_s >= limits.call_time_s


def test_limits_do_not_change_under_a_guest() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        GuestLimits().memory_bytes = 1  # type: ignore[misc]
