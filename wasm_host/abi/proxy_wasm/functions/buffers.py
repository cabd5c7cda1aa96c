"""Buffers: bodies and configurations (functions 5 to 7, and 0.1.0's own)."""

from __future__ import annotations

from collections.abc import Callable

from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, BufferKind, Status
from wasm_host.calls import Running


def functions(running: Running) -> dict[str, Callable[..., int]]:
    def proxy_get_buffer_bytes(kind: int, start: int, most: int, data_at: int, size_at: int) -> int:
        """Give a slice, clipped where it reaches over the end."""
        guest = running.guest
        buffer = guest.context.buffer(kind)
        if buffer is None:
            return _absent(kind)
        return guest.give(bytes(buffer[start : start + most]), data_at, size_at)  # type: ignore[no-any-return]

    def proxy_set_buffer_bytes(kind: int, start: int, size: int, data: int, data_size: int) -> int:
        """Replace a slice: start 0 and size 0 prepend, a start at or over the end appends."""
        guest = running.guest
        buffer = guest.context.buffer(kind)
        if buffer is None:
            return _absent(kind)
        new = guest.memory.read_long(data, data_size)
        edited = bytes(buffer[:start]) + new + bytes(buffer[start + size :])
        return OK if guest.context.set_buffer(kind, edited) else Status.BAD_ARGUMENT

    def proxy_get_buffer_status(kind: int, size_at: int, flags_at: int) -> int:
        guest = running.guest
        buffer = guest.context.buffer(kind)
        if buffer is None:
            return _absent(kind)
        guest.memory.write_u32(size_at, len(buffer))
        guest.memory.write_u32(flags_at, 0)
        return OK

    def proxy_get_configuration(data_at: int, size_at: int) -> int:
        """Give the plugin's configuration while that is told, else the VM's; 0.1.0 has no buffers for them."""
        guest, root = running.guest, running.guest.root
        configuration = root.configuration if root.configuring else root.vm_configuration
        return guest.give(configuration, data_at, size_at)  # type: ignore[no-any-return]

    return {name: value for name, value in locals().items() if name.startswith("proxy_")}


def _absent(kind: int) -> int:
    return NOT_FOUND if kind < len(BufferKind) else Status.BAD_ARGUMENT
