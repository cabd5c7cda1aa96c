"""The functions that a guest may import, and those that it exports, with their types."""

from __future__ import annotations

from typing import Final

from wasm_host.abi.http_wasm.functions import Functions
from wasm_host.calls import Running
from wasm_host.signature import Export, HostFunction, Signature

MODULE: Final = "http_handler"

_SIGNATURES: Final = {
    "enable_features": Signature("i", "i"),
    "get_config": Signature("ii", "i"),
    "log_enabled": Signature("i", "i"),
    "log": Signature("iii"),
    "get_method": Signature("ii", "i"),
    "set_method": Signature("ii"),
    "get_uri": Signature("ii", "i"),
    "set_uri": Signature("ii"),
    "get_protocol_version": Signature("ii", "i"),
    "get_source_addr": Signature("ii", "i"),
    "get_header_names": Signature("iii", "I"),
    "get_header_values": Signature("iiiii", "I"),
    "set_header_value": Signature("iiiii"),
    "add_header_value": Signature("iiiii"),
    "remove_header": Signature("iii"),
    "read_body": Signature("iii", "I"),
    "write_body": Signature("iii"),
    "get_status_code": Signature("", "i"),
    "set_status_code": Signature("i"),
}

WAITING: Final = frozenset({"read_body"})
"""What may have to wait for something."""

EXPORTS: Final = (
    Export("_initialize", Signature("")),
    Export("_start", Signature("")),
    Export("handle_request", Signature("", "I")),
    Export("handle_response", Signature("ii")),
)


def host_functions(running: Running) -> list[HostFunction]:
    """Return them all; `running.guest` is an HttpWasmGuest."""
    functions = Functions(running)
    return [
        HostFunction(MODULE, name, signature, getattr(functions, name), waits=name in WAITING)
        for name, signature in _SIGNATURES.items()
    ]
