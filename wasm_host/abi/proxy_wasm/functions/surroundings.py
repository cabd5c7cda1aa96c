"""Log, clock and ticks (functions 1 to 4)."""

from __future__ import annotations

import time
from collections.abc import Callable

from wasm_host.abi.proxy_wasm.numbers import OK, Status
from wasm_host.calls import Running
from wasm_host.log_lines import LONGEST_LINE_BYTES

_LEVELS = range(6)


def functions(running: Running) -> dict[str, Callable[..., int]]:
    def proxy_log(level: int, text: int, size: int) -> int:
        if level not in _LEVELS:
            return Status.BAD_ARGUMENT
        guest = running.guest
        guest.memory.reach(text + size)
        if level >= guest.log.level:  # SDKs log every callback at trace.
            guest.log.write(level, guest.memory.read(text, min(size, LONGEST_LINE_BYTES)))
        return OK

    def proxy_get_log_level(level_at: int) -> int:
        running.guest.memory.write_u32(level_at, running.guest.log.level)
        return OK

    def proxy_get_current_time_nanoseconds(time_at: int) -> int:
        running.guest.memory.write_u64(time_at, time.time_ns())
        return OK

    def proxy_set_tick_period_milliseconds(period_ms: int) -> int:
        running.guest.tick_every(period_ms / 1000)
        return OK

    return {name: value for name, value in locals().items() if name.startswith("proxy_")}
