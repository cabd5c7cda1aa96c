"""The functions of wasmtime's C API that the public Python API is too dear for, or lacks.

They give plain ints for pointers, and free the GIL while they run. Most take ints too; those for which each call's
time counts take prepared arguments, which `pointer`, `size`, `number` and `text` make: 0.25 µs a call instead of 0.50.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, c_bool, c_char_p, c_int64, c_size_t, c_uint64, c_void_p
from typing import Any, Final, TypeAlias, cast

import wasmtime
from wasmtime import _ffi as ffi

_LIBRARY: Final = ctypes.CDLL(ffi.dll._name)
_P: Final = c_void_p


def _function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    prototype: Any = CFUNCTYPE(result, *arguments)
    function: Callable[..., Any] = prototype((name, _LIBRARY))
    return function


def _prepared(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    """Return a function that takes prepared arguments, or None for no pointer: of a bare int it would pass 32 bits."""
    function: Any = getattr(_LIBRARY, name)
    function.restype, function.declared = result, arguments
    return cast("Callable[..., Any]", function)


Prepared: TypeAlias = Any
"""An argument of C as ctypes hands it over; it may be handed over again and again."""

pointer: Final[Callable[[int], Prepared]] = c_void_p.from_param
size: Final[Callable[[int], Prepared]] = c_size_t.from_param
number: Final[Callable[[int], Prepared]] = c_int64.from_param
text: Final[Callable[[bytes], Prepared]] = c_char_p.from_param

func_call: Final = _prepared("wasmtime_func_call_unchecked", _P, _P, _P, _P, c_size_t, _P)
linker_define: Final = _function(
    "wasmtime_linker_define_func_unchecked", _P, _P, c_char_p, c_size_t, c_char_p, c_size_t, _P, _P, _P, _P
)
store_new: Final = _prepared("wasmtime_store_new", _P, _P, _P, _P)
store_delete: Final = _prepared("wasmtime_store_delete", None, _P)
store_context: Final = _prepared("wasmtime_store_context", _P, _P)
store_limiter: Final = _prepared("wasmtime_store_limiter", None, _P, c_int64, c_int64, c_int64, c_int64, c_int64)
store_on_epoch: Final = _prepared("wasmtime_store_epoch_deadline_callback", None, _P, _P, _P, _P)
set_epoch_deadline: Final = _prepared("wasmtime_context_set_epoch_deadline", None, _P, c_uint64)
instantiate: Final = _prepared("wasmtime_instance_pre_instantiate", _P, _P, _P, _P, _P)
linker_define_async: Final = _function(
    "wasmtime_linker_define_async_func", _P, _P, c_char_p, c_size_t, c_char_p, c_size_t, _P, _P, _P, _P
)
instantiate_async: Final = _prepared("wasmtime_instance_pre_instantiate_async", _P, _P, _P, _P, _P, _P)
func_call_async: Final = _prepared("wasmtime_func_call_async", _P, _P, _P, _P, c_size_t, _P, c_size_t, _P, _P)
future_poll: Final = _prepared("wasmtime_call_future_poll", c_bool, _P)
future_delete: Final = _prepared("wasmtime_call_future_delete", None, _P)
export_get: Final = _prepared("wasmtime_instance_export_get", c_bool, _P, _P, c_char_p, c_size_t, _P)
caller_export_get: Final = _function("wasmtime_caller_export_get", c_bool, _P, c_char_p, c_size_t, _P)
caller_context: Final = _function("wasmtime_caller_context", _P, _P)
memory_data: Final = _prepared("wasmtime_memory_data", _P, _P, _P)
memory_data_size: Final = _prepared("wasmtime_memory_data_size", c_size_t, _P, _P)
trap_new: Final = _function("wasmtime_trap_new", _P, c_char_p, c_size_t)
error_new: Final = _function("wasmtime_error_new", _P, c_char_p)

HOST_CALL: Final = CFUNCTYPE(c_size_t, c_void_p, c_void_p, c_void_p, c_size_t)
"""What the guest calls: environment, caller, address of the argument slots, their number; returns a trap or 0."""
EPOCH_CALL: Final = CFUNCTYPE(c_size_t, c_void_p, c_void_p, c_void_p, c_void_p)
"""What a guest calls at an epoch: context, environment, where the next deadline and what to do go; an error or 0."""
WAITING_HOST_CALL: Final = CFUNCTYPE(None, _P, _P, _P, c_size_t, _P, c_size_t, _P, _P)
"""What a guest on a fiber calls: environment, caller, arguments and results with their numbers, where to put a trap and
where a continuation."""
CONTINUATION: Final = CFUNCTYPE(c_bool, _P)
"""Tells if the host function's result is there; asked for at every poll."""

EXTERN_BYTES: Final = ctypes.sizeof(ffi.wasmtime_extern_t)
EXTERN_VALUE: Final = ffi.wasmtime_extern_t.of.offset


def address(pointer: Any) -> int:
    """Return where a public object's `ptr()` points to."""
    return ctypes.cast(pointer, c_void_p).value or 0


def reported(error: int | None, trap: int) -> wasmtime.Trap | wasmtime.WasmtimeError:
    """Take over the trap or the error that a call left."""
    if trap:
        return wasmtime.Trap._from_ptr(ctypes.cast(trap, POINTER(ffi.wasm_trap_t)))
    return wasmtime.WasmtimeError._from_ptr(ctypes.cast(error or 0, POINTER(ffi.wasmtime_error_t)))


def extent(context: Prepared, memory: Prepared) -> Callable[[], tuple[int, int]]:
    """Return what asks for the address and the size of a memory."""

    def ask() -> tuple[int, int]:
        return memory_data(context, memory), memory_data_size(context, memory)

    return ask
