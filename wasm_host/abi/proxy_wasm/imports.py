"""The functions that a guest may import, by its version of the ABI (Proxy-Wasm 0.2.1, "Hostcalls")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from wasm_host.abi.proxy_wasm.functions import (
    buffers,
    calls,
    foreign,
    grpc,
    headers,
    metrics,
    properties,
    shared,
    streams,
    surroundings,
)
from wasm_host.abi.proxy_wasm.numbers import Status
from wasm_host.calls import Running
from wasm_host.signature import HostFunction, Signature

_SIGNATURES: Final = {
    "proxy_log": "iii",
    "proxy_get_log_level": "i",
    "proxy_get_current_time_nanoseconds": "i",
    "proxy_set_tick_period_milliseconds": "i",
    "proxy_get_buffer_bytes": "iiiii",
    "proxy_set_buffer_bytes": "iiiii",
    "proxy_get_buffer_status": "iii",
    "proxy_get_header_map_size": "ii",
    "proxy_get_header_map_pairs": "iii",
    "proxy_set_header_map_pairs": "iii",
    "proxy_get_header_map_value": "iiiii",
    "proxy_add_header_map_value": "iiiii",
    "proxy_replace_header_map_value": "iiiii",
    "proxy_remove_header_map_value": "iii",
    "proxy_continue_stream": "i",
    "proxy_close_stream": "i",
    "proxy_get_status": "iii",
    "proxy_send_local_response": "iiiiiiii",
    "proxy_http_call": "iiiiiiiiii",
    "proxy_grpc_call": "iiiiiiiiiiii",
    "proxy_grpc_stream": "iiiiiiiii",
    "proxy_grpc_send": "iiii",
    "proxy_grpc_cancel": "i",
    "proxy_grpc_close": "i",
    "proxy_set_shared_data": "iiiii",
    "proxy_get_shared_data": "iiiii",
    "proxy_register_shared_queue": "iii",
    "proxy_resolve_shared_queue": "iiiii",
    "proxy_enqueue_shared_queue": "iii",
    "proxy_dequeue_shared_queue": "iii",
    "proxy_define_metric": "iiii",
    "proxy_record_metric": "iI",
    "proxy_increment_metric": "iI",
    "proxy_get_metric": "ii",
    "proxy_get_property": "iiii",
    "proxy_set_property": "iiii",
    "proxy_call_foreign_function": "iiiiii",
    "proxy_done": "",
    "proxy_set_effective_context": "i",
    # 0.1.0's own. The text has the last three return nothing, but every module imports them with a status.
    "proxy_get_configuration": "ii",
    "proxy_continue_request": "",
    "proxy_continue_response": "",
    "proxy_clear_route_cache": "",
}
_ONLY_OLD: Final = frozenset(
    {"proxy_get_configuration", "proxy_continue_request", "proxy_continue_response", "proxy_clear_route_cache"}
)
_SINCE_0_2_0: Final = frozenset({"proxy_continue_stream", "proxy_close_stream"})
_SINCE_0_2_1: Final = frozenset({"proxy_get_log_level"})


def host_functions(running: Running, version: str) -> list[HostFunction]:
    """Return what a guest of this version may import from `env`."""
    absent = {"0_1_0": _SINCE_0_2_0 | _SINCE_0_2_1, "0_2_0": _ONLY_OLD | _SINCE_0_2_1, "0_2_1": _ONLY_OLD}[version]
    known = _all(running, version)
    return [
        HostFunction("env", name, Signature(parameters, "i"), known[name], on_wild_pointer=Status.INVALID_MEMORY_ACCESS)
        for name, parameters in _SIGNATURES.items()
        if name not in absent
    ]


def _all(running: Running, version: str) -> dict[str, Callable[..., int]]:
    return {
        **surroundings.functions(running),
        **buffers.functions(running),
        **headers.functions(running, absent_is_empty=version == "0_1_0"),
        **streams.functions(running),
        **calls.functions(running),
        **grpc.functions(running),
        **shared.functions(running),
        **metrics.functions(running),
        **properties.functions(running),
        **foreign.functions(running),
    }
