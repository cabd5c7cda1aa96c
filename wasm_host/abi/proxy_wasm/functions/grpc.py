"""gRPC calls (functions 20 to 24): there are none yet, so none begins and none is known."""

from __future__ import annotations

from collections.abc import Callable

from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, Status
from wasm_host.calls import Running


def functions(running: Running) -> dict[str, Callable[..., int]]:
    def refuse(*_: int) -> int:
        return Status.INTERNAL_FAILURE

    def unknown(*_: int) -> int:
        return NOT_FOUND

    return {
        "proxy_grpc_call": refuse,
        "proxy_grpc_stream": refuse,
        "proxy_grpc_send": unknown,
        "proxy_grpc_cancel": unknown,
        "proxy_grpc_close": unknown,
    }
