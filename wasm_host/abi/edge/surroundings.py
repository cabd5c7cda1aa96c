"""Host functions over what is around a call: the buffer, the log, its configuration, chance and time."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

from proxy.runtime import monotonic
from wasm_host.abi.edge.reading import LONGEST_NAME_BYTES, signed, text
from wasm_host.functions.call import Call
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.hostcalls import MISS
from wasm_host.functions.services import FunctionMetrics
from wasm_host.functions.settings import FunctionSettings
from wasm_host.log_lines import LONGEST_LINE_BYTES

MOST_COPIED_BYTES: Final = 10 * 1024 * 1024
MOST_LOGGED_BYTES: Final = 64 * 1024
MOST_RANDOM_BYTES: Final = 64 * 1024
_INFO: Final = 2
_MOST_LEVEL: Final = 4


def get_shared_buffer(call: Call, at: int, offset: int, size: int) -> int:
    """Copy exactly a range of the buffer to the guest."""
    if size > MOST_COPIED_BYTES:
        raise HostcallFailed("too_large", f"{size} bytes at once; {MOST_COPIED_BYTES} is the most")
    buffer = call.buffer
    if offset + size > len(buffer):
        raise HostcallFailed("invalid", f"bytes {offset} to {offset + size} of a buffer of {len(buffer)}")
    call.memory.write(at, buffer[offset : offset + size])
    return size


def log(call: Call, at: int, size: int) -> None:
    _log(call, _INFO, at, size)


def log_at(call: Call, level: int, at: int, size: int) -> None:
    """Log at a level from 0, trace, to 4, error; one above is an error's."""
    _log(call, min(level, _MOST_LEVEL), at, size)


def _log(call: Call, level: int, at: int, size: int) -> None:
    if not at:
        raise HostcallFailed("invalid", "a null pointer")
    if size > MOST_LOGGED_BYTES:
        raise HostcallFailed("too_large", f"a line of {size} bytes; {MOST_LOGGED_BYTES} is the most")
    call.memory.reach(at + size)
    call.log(level, call.memory.read(at, min(size, LONGEST_LINE_BYTES)))


class Configured:
    """What the configuration says to a function."""

    def __init__(self, settings: FunctionSettings) -> None:
        self._configuration, self._secrets, self._allowed = settings.configuration, settings.secrets, settings.allow

    def config_get(self, call: Call) -> int:
        return call.give(self._configuration)

    def secret_get(self, call: Call, at: int, size: int) -> int:
        name = text(call, at, size, LONGEST_NAME_BYTES, "a secret's name")
        if name not in self._allowed.secrets:
            raise HostcallFailed("not_allowed", f"no secret {name!r} is allowed")
        secret = self._secrets.get(name)
        return MISS if secret is None else call.give_secret(secret.encode())


class MetricCalls:
    def __init__(self, metrics: FunctionMetrics) -> None:
        self._metrics = metrics

    def metric_add(self, call: Call, at: int, size: int, by: int) -> int:
        self._metrics.add(text(call, at, size, LONGEST_NAME_BYTES, "a metric's name"), signed(by))
        return 0


def random(call: Call, at: int, size: int) -> int:
    if size > MOST_RANDOM_BYTES:
        raise HostcallFailed("too_large", f"{size} bytes of chance; {MOST_RANDOM_BYTES} is the most")
    call.memory.reach(at + size)
    call.memory.write(at, os.urandom(size))
    return 0


class Clock:
    def __init__(self, wall_clock: Callable[[], float]) -> None:
        self._wall_clock = wall_clock

    def clock_ms(self, _: Call) -> int:
        return int(self._wall_clock() * 1000)


def monotonic_us(_: Call) -> int:
    return int(monotonic() * 1_000_000)
