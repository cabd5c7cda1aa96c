"""Calls of a guest from inside a host function that it has called: an allocator's, mostly, for what is handed over."""

from __future__ import annotations

from ctypes import addressof, c_uint64
from typing import TYPE_CHECKING, Final

from wasm_host import capi

if TYPE_CHECKING:
    from wasm_host.fibers import FiberInstance, FiberLinked

_ONE_VALUE: Final = capi.size(1)
_TRAP: Final = 16
"""Where it is reported, behind the value, which takes so many bytes."""


def nested_call(linked: FiberLinked, instance: FiberInstance, function: capi.Prepared, argument: int) -> int:
    """Call a function from i32 to i32, in an instance that is on the stack; raises GuestError, which must end that.

    What has run of the call under way counts on. It cannot give way to the loop, for Python's own frames lie between;
    nor may it call a host function that waits.
    """
    frame = (c_uint64 * 3)()
    frame[0], place = argument, addressof(frame)
    with linked.running.keeping_the_loop():
        error = capi.func_call(instance.context, function, capi.pointer(place), _ONE_VALUE, capi.pointer(place + _TRAP))
    if error or frame[2]:
        linked.traps[0] = frame[2]
        raise linked.failure(error, instance.memory.size_now())
    return int(frame[0]) & 0xFFFF_FFFF
