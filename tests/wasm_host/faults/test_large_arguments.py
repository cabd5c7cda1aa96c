"""Host functions that are given all that a guest may have: epochs do not stop them, so they have to be quick."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from time import thread_time
from typing import Any, Final

import pytest
from kit.exchanges import make_exchange
from kit.faults import faulty, guest

from wasm_host.abi.proxy_wasm.imports import host_functions
from wasm_host.abi.proxy_wasm.stream import Stream
from wasm_host.abi.wasi import wasi_functions
from wasm_host.memory import MOST_LONG_BYTES, MOST_READ_BYTES, OutOfBounds

PAGES: Final = 1024
MEMORY_BYTES: Final = PAGES * 65536
CALL_TIME_S: Final = 0.05
"""The default; a stall of twice that is the most that one call may cause."""

NAME: Final = (MEMORY_BYTES - 16, 6)
OUT: Final = (MEMORY_BYTES - 32,)
NONE: Final = (0, 0)


def calls(size: int) -> dict[str, list[tuple[int | tuple[int, ...], ...]]]:
    """Return calls that read so much in one place or the other."""
    all = (0, size)
    return {
        "proxy_log": [(2, all)],
        "proxy_set_buffer_bytes": [(0, 0, 0, all)],
        "proxy_set_header_map_pairs": [(0, all)],
        "proxy_get_header_map_value": [(0, all, OUT, OUT)],
        "proxy_add_header_map_value": [(0, all, NONE), (0, NAME, all)],
        "proxy_replace_header_map_value": [(0, all, NONE), (0, NAME, all)],
        "proxy_remove_header_map_value": [(0, all)],
        "proxy_send_local_response": [
            (200, all, NONE, NONE, 0),
            (200, NONE, all, NONE, 0),
            (200, NONE, NONE, all, 0),
        ],
        "proxy_http_call": [
            (all, NONE, NONE, NONE, 0, OUT),
            (NAME, all, NONE, NONE, 0, OUT),
            (NAME, NONE, all, NONE, 0, OUT),
            (NAME, NONE, NONE, all, 0, OUT),
        ],
        "proxy_set_shared_data": [(all, NONE, 0), (NAME, all, 0)],
        "proxy_get_shared_data": [(all, OUT, OUT, OUT)],
        "proxy_register_shared_queue": [(all, OUT), (NAME, OUT)],
        "proxy_resolve_shared_queue": [(all, NONE, OUT), (NONE, all, OUT)],
        "proxy_enqueue_shared_queue": [(1, all)],
        "proxy_define_metric": [(0, all, OUT)],
        "proxy_get_property": [(all, OUT, OUT)],
        "proxy_set_property": [(all, NONE), (NAME, all)],
        "proxy_call_foreign_function": [(all, NONE, OUT, OUT), (NAME, all, OUT, OUT)],
        "fd_write": [(1, 0, 1024, *OUT), (1, 0, size // 8, *OUT)],
        "random_get": [all],
    }


def known_functions(running: Any) -> dict[str, Callable[..., Any]]:
    offered = [*host_functions(running, "0_2_1"), *wasi_functions(running, drop, {})]
    return {each.name: each.call for each in offered}


def drop(level: int, text: bytes) -> None:
    """Take a line and do nothing with it."""


@pytest.mark.parametrize("fill", [b"\0", b"a", b"\n", b"\xff", b"\x01\0\0\0"], ids=["NUL", "a", "LF", "FF", "ones"])
@pytest.mark.parametrize("size", [MEMORY_BYTES - 32, MOST_LONG_BYTES, MOST_READ_BYTES])
async def test_no_function_works_long_on_what_it_is_given(size: int, fill: bytes) -> None:
    wat = guest("").replace('(memory (export "memory") 2)', f'(memory (export "memory") {PAGES})')
    async with faulty(wat) as proxy:
        functions = known_functions(proxy.filter.program.linked.running)
        instance = proxy.filter.guests.take()
        instance.memory.write(0, fill * (MOST_LONG_BYTES // len(fill)))
        instance.memory.write(NAME[0], b"origin")
        for name, attempts in calls(size).items():
            for arguments in attempts:
                instance.context = Stream(instance, make_exchange())
                instance.enter()
                begun = thread_time()
                with suppress(OutOfBounds):
                    functions[name](*[number for each in arguments for number in _numbers(each)])
                assert thread_time() - begun < 2 * CALL_TIME_S, (name, arguments)


def _numbers(argument: int | tuple[int, ...]) -> tuple[int, ...]:
    return argument if isinstance(argument, tuple) else (argument,)
