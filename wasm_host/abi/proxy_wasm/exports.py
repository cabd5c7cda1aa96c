"""The callbacks that a guest may export, and how each version of the ABI calls them (Proxy-Wasm 0.2.1, "Callbacks")."""

from __future__ import annotations

from typing import Final

import wasmtime

from wasm_host.signature import Export, Signature

VERSION_PREFIX: Final = "proxy_abi_version_"
VERSIONS: Final = ("0_1_0", "0_2_0", "0_2_1")

START: Final = (
    Export("_initialize", Signature("")),
    Export("_start", Signature("")),
    Export("main", Signature("ii", "i")),
    Export("proxy_on_memory_allocate", Signature("i", "i")),
    Export("malloc", Signature("i", "i")),
)
_CALLBACKS: Final = {
    "proxy_on_context_create": Signature("ii"),
    "proxy_on_vm_start": Signature("ii", "i"),
    "proxy_on_configure": Signature("ii", "i"),
    "proxy_on_tick": Signature("i"),
    "proxy_on_queue_ready": Signature("ii"),
    "proxy_on_foreign_function": Signature("iii"),
    "proxy_on_request_headers": Signature("iii", "i"),
    "proxy_on_request_body": Signature("iii", "i"),
    "proxy_on_response_headers": Signature("iii", "i"),
    "proxy_on_response_body": Signature("iii", "i"),
    "proxy_on_http_call_response": Signature("iiiii"),
    "proxy_on_log": Signature("i"),
    "proxy_on_done": Signature("i", "i"),
    "proxy_on_delete": Signature("i"),
}
OLD_HEADERS: Final = Signature("ii", "i")
"""Without end_of_stream, as 0.1.0 has it; told by its arity, because some hosts' own 0.1.0 modules have three."""

HEADERS_CALLBACKS: Final = ("proxy_on_request_headers", "proxy_on_response_headers")


def exports(module: wasmtime.Module) -> tuple[Export, ...]:
    """Return what to look up in a module, the headers callbacks with as many parameters as it gives them."""
    arities = {each.name: len(each.type.params) for each in module.exports if isinstance(each.type, wasmtime.FuncType)}
    callbacks = [
        Export(name, OLD_HEADERS if name in HEADERS_CALLBACKS and arities.get(name) == 2 else signature)
        for name, signature in _CALLBACKS.items()
    ]
    return (*START, *callbacks)
