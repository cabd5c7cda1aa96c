"""The log of WAF modules, given wild pointers."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from kit.wat import WatGuest

from proxy.metrics import Registry
from wasm_host.abi.waf_module.imports import LONGEST_LINE_BYTES, host_functions
from wasm_host.log_lines import LogLines
from wasm_host.memory import OutOfBounds


@pytest.fixture
def write() -> Callable[[int, int], None]:
    guest = WatGuest('(memory (export "memory") 2) (data (i32.const 8) "hello\\0a\\1b[2J")')
    [log] = host_functions(guest.running, LogLines("it", 0, Registry().wasm_log_dropped.child("it")))
    return log.call


def test_a_line_is_logged(write: Callable[[int, int], None], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "penstock.wasm"):
        write(8, 5)
    assert caplog.messages == ["it: hello"]


def test_it_cannot_forge_another(write: Callable[[int, int], None], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "penstock.wasm"):
        write(8, 10)
    assert caplog.messages == ["it: hello\\x0a\\x1b[2J"]


@pytest.mark.parametrize(("place", "size"), [(0, 5), (8, LONGEST_LINE_BYTES + 1), (8, 2**32 - 1)])
def test_a_line_that_is_none_is_dropped(
    write: Callable[[int, int], None], caplog: pytest.LogCaptureFixture, place: int, size: int
) -> None:
    with caplog.at_level(logging.INFO, "penstock.wasm"):
        write(place, size)
    assert not caplog.messages


@pytest.mark.parametrize("place", [2 * 65536, 2**32 - 1])
def test_a_place_outside_ends_the_guest(write: Callable[[int, int], None], place: int) -> None:
    with pytest.raises(OutOfBounds):
        write(place, 5)
