"""A guest that logs without end costs the worker little, and its log stays bounded."""

from __future__ import annotations

import logging
from typing import Final

import pytest
from kit.faults import CLIENTS, faulty, guest
from kit.wire import get

from wasm_host.log_lines import BYTES_A_SECOND, LONGEST_LINE_BYTES

LINE_BYTES: Final = 64 * 1024
LINES_A_REQUEST: Final = 8
REQUESTS: Final = 200
"""Together 100 MiB."""

FLOODS: Final = f"""
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local $left i32)
        (local.set $left (i32.const {LINES_A_REQUEST}))
        (loop $more
            (drop (call $log (i32.const 2) (i32.const 1024) (i32.const {LINE_BYTES})))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br_if $more (local.get $left)))
        (i32.const 0))
"""


@pytest.mark.parametrize("instances", ["shared", "per_request"])
async def test_a_hundred_megabytes_of_lines_are_cut_and_dropped(
    instances: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "penstock.wasm")
    async with faulty(guest(FLOODS), instances=instances) as proxy:
        load = await proxy.load(poison=get(), rounds=REQUESTS // CLIENTS)
        load.check_innocent()
        assert len(load.innocent) + len(load.poisoned) == REQUESTS
        assert proxy.traps() == {}
        lines = [each.getMessage() for each in caplog.records if each.levelno == logging.INFO]
        dropped = proxy.metrics.log_dropped.value
    assert len(lines) + dropped == REQUESTS * LINES_A_REQUEST
    assert len(lines) <= 5 * BYTES_A_SECOND / LONGEST_LINE_BYTES
    # Each byte that would not show is written as four characters.
    assert max(map(len, lines)) <= 4 * LONGEST_LINE_BYTES + 10


async def test_lines_below_the_level_cost_nothing_and_are_not_counted() -> None:
    async with faulty(guest(FLOODS), log_level=3) as proxy:
        (await proxy.load(poison=get())).check_innocent()
        assert proxy.metrics.log_dropped.value == 0
