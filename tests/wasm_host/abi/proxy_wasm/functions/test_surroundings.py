"""Log, clock and ticks as guests call them."""

import logging
import time

import pytest
from kit.host_calls import NUMBER, WILD, HostCalls

from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.numbers import OK, Status
from wasm_host.abi.proxy_wasm.services import WorkerServices
from wasm_host.log_lines import LONGEST_LINE_BYTES
from wasm_host.memory import OutOfBounds


@pytest.fixture
def host() -> HostCalls:
    return HostCalls(WorkerServices({}, Registry()).of("auth"))


@pytest.mark.parametrize(
    ("level", "written"),
    [(0, "TRACE"), (1, "DEBUG"), (2, "INFO"), (3, "WARNING"), (4, "ERROR"), (5, "CRITICAL")],
)
def test_each_level_is_written_as_pythons(
    host: HostCalls, caplog: pytest.LogCaptureFixture, level: int, written: str
) -> None:
    caplog.set_level(1, "penstock.wasm")
    host.guest.log.level = 0
    assert host.call("log", level, b"hello") == OK
    (record,) = caplog.records
    assert record.getMessage() == "auth: hello"
    assert record.levelno == getattr(logging, written, 5)


def test_what_is_below_the_filters_level_is_not_written(host: HostCalls, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1, "penstock.wasm")
    host.guest.log.level = 3
    assert host.call("log", 2, b"hello") == OK
    assert not caplog.records


@pytest.mark.parametrize("level", [6, 2**32 - 1])
def test_an_unknown_level_is_a_bad_argument(host: HostCalls, level: int) -> None:
    assert host.call("log", level, b"hello") == Status.BAD_ARGUMENT


def test_a_long_line_is_cut(host: HostCalls, caplog: pytest.LogCaptureFixture) -> None:
    assert host.call("log", 4, b"x" * 2 * LONGEST_LINE_BYTES) == OK
    assert caplog.records[0].getMessage() == "auth: " + "x" * LONGEST_LINE_BYTES


def test_a_wild_line_raises_even_where_it_would_not_be_written(host: HostCalls) -> None:
    with pytest.raises(OutOfBounds):
        host.call("log", 0, WILD, 5)


def test_the_guest_can_ask_for_the_level(host: HostCalls) -> None:
    host.guest.log.level = 4
    assert host.call("get_log_level", NUMBER) == OK
    assert host.number == 4


def test_the_time_is_the_wall_clocks_in_nanoseconds(host: HostCalls) -> None:
    before = time.time_ns()
    assert host.call("get_current_time_nanoseconds", NUMBER) == OK
    assert before <= host.wide_number <= time.time_ns()


@pytest.mark.parametrize("name", ["get_log_level", "get_current_time_nanoseconds"])
def test_a_wild_place_for_an_answer_raises(host: HostCalls, name: str) -> None:
    with pytest.raises(OutOfBounds):
        host.call(name, WILD)


async def test_a_period_may_be_set_changed_and_taken_away(host: HostCalls) -> None:
    for period in (1000, 2**32 - 1, 0, 0):
        assert host.call("set_tick_period_milliseconds", period) == OK
    host.guest.close()
