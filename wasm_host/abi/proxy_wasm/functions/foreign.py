"""Functions of the host's own, called by name (function 37)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, Status
from wasm_host.calls import Running

if TYPE_CHECKING:
    from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest


def functions(running: Running) -> dict[str, Callable[..., int]]:
    def proxy_call_foreign_function(
        name: int, name_size: int, arguments: int, arguments_size: int, data_at: int, size_at: int
    ) -> int:
        """Call a function by name; a guest that does not want the result points to 0."""
        guest: ProxyWasmGuest = running.guest
        memory = guest.memory
        function = guest.services.foreign.get(memory.read(name, name_size).decode("utf-8", "replace"))
        if function is None:
            return NOT_FOUND
        try:
            result = function(memory.read(arguments, arguments_size))
        except ValueError:
            return Status.BAD_ARGUMENT
        return guest.give(result, data_at, size_at) if data_at and size_at else OK

    return {"proxy_call_foreign_function": proxy_call_foreign_function}
