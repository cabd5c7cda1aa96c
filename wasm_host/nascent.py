"""Guests that are not instances yet: a module's start function may call the host, which has to find its memory."""

from __future__ import annotations

from ctypes import addressof, c_uint8
from typing import TYPE_CHECKING

from wasm_host import capi
from wasm_host.memory import Memory, OutOfBounds

if TYPE_CHECKING:
    from wasm_host.calls import Running


def meets_memory(running: Running, caller: int, error: BaseException) -> bool:
    """Tell if a host function failed only because its guest's memory was not known, and is to be called again.

    Its exports can be looked up once it is an instance; until then only the caller can, so they are when first missed.
    """
    if not running.starting or not isinstance(error, OutOfBounds):
        return False
    running.starting = False
    place = (c_uint8 * capi.EXTERN_BYTES)()
    at = addressof(place)
    if not capi.caller_export_get(caller, b"memory", 6, at):
        return False
    ask = capi.extent(capi.pointer(capi.caller_context(caller)), capi.pointer(at + capi.EXTERN_VALUE))

    def extent(_kept: object = place) -> tuple[int, int]:
        return ask()

    running.guest.memory = Memory(extent)
    return True
