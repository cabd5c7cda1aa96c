"""Small Proxy-Wasm modules, to be written to a file that a configuration names."""

from __future__ import annotations

import wasmtime

_IMPORTS = """
(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
(import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
"""
_COMMON = """
(memory (export "memory") 1)
(func (export "proxy_abi_version_0_2_1"))
(func (export "malloc") (param i32) (result i32) (i32.const 4096))
"""


def guest(body: str, imports: str = "") -> bytes:
    """Compile a module; `$log` and `$add` are imported besides, and memory is free from address 0 to 4095."""
    return bytes(wasmtime.wat2wasm(f"(module {imports} {_IMPORTS} {_COMMON} {body})"))


def wat_text(data: bytes) -> str:
    return "".join(f"\\{byte:02x}" for byte in data)


def marking(word: str) -> bytes:
    """Add `x-mark: WORD` to every response."""
    return guest(f"""
      (data (i32.const 0) "x-mark") (data (i32.const 16) "{word}")
      (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
        (drop (call $add (i32.const 2) (i32.const 0) (i32.const 6) (i32.const 16) (i32.const {len(word)})))
        (i32.const 0))""")


def refusing(text: str, level: int = 4) -> bytes:
    """Log a text and refuse whatever configuration there is."""
    return guest(f"""
      (data (i32.const 0) "{text}")
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $log (i32.const {level}) (i32.const 0) (i32.const {len(text)}))) (i32.const 0))""")


def saying(text: str, level: int = 2) -> bytes:
    """Log a text at each request."""
    return guest(f"""
      (data (i32.const 0) "{text}")
      (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (drop (call $log (i32.const {level}) (i32.const 0) (i32.const {len(text)}))) (i32.const 0))""")


def trapping() -> bytes:
    """Trap at each request."""
    return guest('(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) unreachable)')


def passing_over_http_wasm() -> bytes:
    """Be an http-wasm module that lets every request go on."""
    return bytes(
        wasmtime.wat2wasm("""(module
          (memory (export "memory") 1)
          (func (export "handle_request") (result i64) (i64.const 1))
          (func (export "handle_response") (param i32 i32)))""")
    )
