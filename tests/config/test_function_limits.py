"""What `limits` of functions may say, and what of it is given."""

from __future__ import annotations

from dataclasses import fields

import pytest
from pydantic import ValidationError

from config.function_limits import HOSTS_NAMES, MOST_AT_ONCE, FunctionLimits, parse_call_rate
from wasm_host import engine
from wasm_host.functions.settings import FunctionLimits as HostsLimits


def test_every_limit_of_the_host_can_be_said() -> None:
    assert set(HOSTS_NAMES) == set(FunctionLimits.model_fields)
    assert set(HOSTS_NAMES.values()) == {each.name for each in fields(HostsLimits)}


def test_only_what_is_said_is_given() -> None:
    said = FunctionLimits.model_validate({"cpu": "20ms", "memory": "1MiB", "rate": "600/m", "queue": 0})
    assert said.given() == {"cpu_s": 0.02, "memory_bytes": 1024**2, "rate": 10.0, "queue": 0}


def test_no_more_run_at_once_than_there_is_room_for() -> None:
    assert MOST_AT_ONCE == engine.GUESTS
    with pytest.raises(ValidationError):
        FunctionLimits.model_validate({"concurrency": MOST_AT_ONCE + 1})


@pytest.mark.parametrize(("value", "rate"), [(0, 0.0), ("100/s", 100.0), ("90/m", 1.5), ("3600/h", 1.0), (2.5, 2.5)])
def test_a_rate_is_calls_a_second(value: object, rate: float) -> None:
    assert parse_call_rate(value) == rate


@pytest.mark.parametrize("value", ["0/s", "5", "5/d", -1, True, None])
def test_what_is_no_rate_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not a rate"):
        parse_call_rate(value)
