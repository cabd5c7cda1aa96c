"""The one function that a WAF module may import."""

from __future__ import annotations

from typing import Final

from wasm_host.calls import Running
from wasm_host.log_lines import LEVELS, LogLines
from wasm_host.signature import HostFunction, Signature

LONGEST_LINE_BYTES: Final = 64 * 1024
_INFO: Final = LEVELS.index("info")


def host_functions(running: Running, log: LogLines) -> list[HostFunction]:
    """Return `env.log`; a line that is too long, or lies at the null pointer, is dropped."""

    def write(place: int, size: int) -> None:
        if place and size <= LONGEST_LINE_BYTES:
            log.write(_INFO, running.guest.memory.read(place, size))

    return [HostFunction("env", "log", Signature("ii"), write)]
