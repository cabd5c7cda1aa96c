"""Shared data and shared queues (functions 25 to 30)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, Status
from wasm_host.calls import Running

if TYPE_CHECKING:
    from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest


def functions(running: Running) -> dict[str, Callable[..., int]]:
    def proxy_get_shared_data(key: int, key_size: int, data_at: int, size_at: int, token_at: int) -> int:
        guest: ProxyWasmGuest = running.guest
        found = guest.services.shared_data.get(guest.root.vm_id, guest.memory.read(key, key_size))
        if found is None:
            return NOT_FOUND
        value, token = found
        guest.memory.write_u32(token_at, token)
        return guest.give(value, data_at, size_at)

    def proxy_set_shared_data(key: int, key_size: int, value: int, value_size: int, token: int) -> int:
        guest: ProxyWasmGuest = running.guest
        memory = guest.memory
        return guest.services.shared_data.set(
            guest.root.vm_id, memory.read(key, key_size), memory.read_long(value, value_size), token
        )

    def proxy_register_shared_queue(name: int, size: int, id_at: int) -> int:
        guest: ProxyWasmGuest = running.guest
        queues = guest.services.queues
        queue = queues.register(guest.root.vm_id, guest.memory.read(name, size), guest.queue_ready)
        if queue is None:
            return Status.INTERNAL_FAILURE
        guest.memory.write_u32(id_at, queue.id)
        return OK

    def proxy_resolve_shared_queue(vm_id: int, vm_id_size: int, name: int, size: int, id_at: int) -> int:
        guest: ProxyWasmGuest = running.guest
        owner = guest.memory.read(vm_id, vm_id_size).decode("utf-8", "replace") or guest.root.vm_id
        queue = guest.services.queues.resolve(owner, guest.memory.read(name, size))
        if queue is None:
            return NOT_FOUND
        guest.memory.write_u32(id_at, queue.id)
        return OK

    def proxy_enqueue_shared_queue(id: int, data: int, size: int) -> int:
        """Enqueue; a full queue is told as one that is not there, for SDKs end their guest at any other status."""
        guest: ProxyWasmGuest = running.guest
        queue = guest.services.queues.find(id)
        if queue is None or not queue.put(guest.memory.read_long(data, size)):
            return NOT_FOUND
        # Not now: this guest is on the stack, and it may be its own root that is to be told.
        guest.later.append(queue.tell)
        return OK

    def proxy_dequeue_shared_queue(id: int, data_at: int, size_at: int) -> int:
        guest: ProxyWasmGuest = running.guest
        queue = guest.services.queues.find(id)
        if queue is None:
            return NOT_FOUND
        message = queue.take()
        return Status.EMPTY if message is None else guest.give(message, data_at, size_at)

    return {name: value for name, value in locals().items() if name.startswith("proxy_")}
