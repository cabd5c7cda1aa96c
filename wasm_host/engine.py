"""The WebAssembly engine of a process: what guests may use of the language, where their memories lie, and the clock."""

from __future__ import annotations

import logging
import mmap
import threading
import time
from functools import cache
from typing import Any, Final

import wasmtime
from wasmtime import _ffi as ffi

log = logging.getLogger("penstock.wasm")

TICK_S: Final = 0.01
"""How often a running guest looks at its time. An idle process spends 0.2 % of a core on it."""

GUESTS: Final = 1000
"""Instances alive at once in a process, of all filters; each takes 4 GiB of addresses, not of memory."""

ADDRESSES_A_GUEST: Final = 4 * 1024**3 + 64 * 1024**2
"""With the guard behind its memory, its tables, and its stack."""

TABLES_A_GUEST: Final = 4
TABLE_ELEMENTS: Final = 100_000
STACK_BYTES: Final = 512 * 1024
ASYNC_STACK_BYTES: Final = 8 * 1024 * 1024
"""What a guest that may wait runs on, host functions included: Python's own frames need most of it."""

KEPT_BYTES: Final = 64 * 1024
"""How much of a memory is wiped by hand when its guest ends, so that the next one finds it mapped already."""

REFUSED: Final = (
    "threads",
    "memory64",
    "multi_memory",
    "gc",
    "function_references",
    "exceptions",
    "relaxed_simd",
    "wide_arithmetic",
)
"""Proposals that filters do without, and that would widen what a hostile guest can reach."""


def configuration() -> wasmtime.Config:
    """Return the settings that a module is compiled with, wherever that happens. Cranelift is the only compiler."""
    config = wasmtime.Config()
    config.strategy = "cranelift"
    config.epoch_interruption = True
    for feature in REFUSED:
        getattr(ffi, f"wasmtime_config_wasm_{feature}_set")(config.ptr(), False)
    # wasm_host/memory.py counts on it: a memory that stays where it is need not be asked for at every call.
    ffi.wasmtime_config_memory_may_move_set(config.ptr(), False)
    ffi.wasmtime_config_max_wasm_stack_set(config.ptr(), STACK_BYTES)
    ffi.wasmtime_config_async_stack_size_set(config.ptr(), ASYNC_STACK_BYTES)
    return config


def _pool(config: wasmtime.Config) -> None:
    """Let instances be taken from places reserved at the start: a third of the time to make one."""
    settings: dict[str, Any] = {
        "total_core_instances": GUESTS,
        "total_memories": GUESTS,
        "total_tables": GUESTS * TABLES_A_GUEST,
        "total_stacks": GUESTS,
        "max_tables_per_module": TABLES_A_GUEST,
        "table_elements": TABLE_ELEMENTS,
        "linear_memory_keep_resident": KEPT_BYTES,
        "table_keep_resident": KEPT_BYTES,
        "async_stack_keep_resident": KEPT_BYTES,
    }
    pool = ffi.wasmtime_pooling_allocation_config_new()
    for name, value in settings.items():
        getattr(ffi, f"wasmtime_pooling_allocation_config_{name}_set")(pool, value)
    ffi.wasmtime_pooling_allocation_strategy_set(config.ptr(), pool)
    ffi.wasmtime_pooling_allocation_config_delete(pool)


def _refused_addresses() -> OSError | None:
    """Try to reserve what the pool will (ulimit -v may forbid it): wasmtime ends the process where it cannot."""
    try:
        mmap.mmap(-1, GUESTS * ADDRESSES_A_GUEST, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=0).close()
    except OSError as error:
        return error
    return None


@cache
def engine() -> wasmtime.Engine:
    """Return the engine of this process, its ticker running; both last as long as the process."""
    config, refused = configuration(), _refused_addresses()
    if refused is None:
        _pool(config)
    else:
        log.warning("guests are made at twice the cost, for addresses cannot be reserved for %d: %s", GUESTS, refused)
    made = wasmtime.Engine(config)
    threading.Thread(target=_tick, args=(made,), name="wasm-ticker", daemon=True).start()
    return made


def _tick(made: wasmtime.Engine) -> None:
    """Advance the epoch for ever: a thread, because a guest that spins keeps the loop, but not the GIL."""
    while True:
        time.sleep(TICK_S)
        made.increment_epoch()
