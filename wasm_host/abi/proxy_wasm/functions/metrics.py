"""Metrics of the guest's own (functions 31 to 34)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, MetricKind, Status
from wasm_host.calls import Running

if TYPE_CHECKING:
    from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest

_KINDS: Final = {kind.value: kind for kind in MetricKind}
_WIDTH: Final = 2**64


def functions(running: Running) -> dict[str, Callable[..., int]]:
    def proxy_define_metric(kind: int, name: int, size: int, id_at: int) -> int:
        guest: ProxyWasmGuest = running.guest
        if kind not in _KINDS:
            return Status.BAD_ARGUMENT
        id = guest.services.metrics.define(_KINDS[kind], guest.memory.read(name, size))
        if id is None:
            return Status.INTERNAL_FAILURE
        guest.memory.write_u32(id_at, id)
        return OK

    def proxy_record_metric(id: int, value: int) -> int:
        guest: ProxyWasmGuest = running.guest
        metric = guest.services.metrics.find(id)
        return NOT_FOUND if metric is None else metric.record(value)

    def proxy_increment_metric(id: int, delta: int) -> int:
        guest: ProxyWasmGuest = running.guest
        metric = guest.services.metrics.find(id)
        return NOT_FOUND if metric is None else metric.increment(delta)

    def proxy_get_metric(id: int, value_at: int) -> int:
        guest: ProxyWasmGuest = running.guest
        metric = guest.services.metrics.find(id)
        if metric is None:
            return NOT_FOUND
        value = metric.value
        if value is None:
            return Status.BAD_ARGUMENT
        guest.memory.write_u64(value_at, value % _WIDTH)
        return OK

    return {name: value for name, value in locals().items() if name.startswith("proxy_")}
