"""A Proxy-Wasm guest whose host functions a test calls in its place: real memory and allocator, no code of its own."""

from __future__ import annotations

from typing import Final

from kit.wat import module_of
from proxy.exchange import Exchange
from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.imports import host_functions
from wasm_host.abi.proxy_wasm.program import ProxyWasmProgram
from wasm_host.abi.proxy_wasm.services import Services
from wasm_host.abi.proxy_wasm.stream import Stream
from wasm_host.engine import engine
from wasm_host.log_lines import LogLines
from wasm_host.module import WasmModule
from wasm_host.program import GuestSettings

MARKER: Final = '(func (export "proxy_abi_version_0_2_1"))'
ALLOCATOR: Final = """
    (memory (export "memory") 4)
    (global $heap (mut i32) (i32.const 65536))
    (func (export "malloc") (param i32) (result i32)
      (global.get $heap) (global.set $heap (i32.add (global.get $heap) (local.get 0))))
"""

POINTER: Final = 8
SIZE: Final = 12
NUMBER: Final = 16
"""Where in memory the tests let functions write what they give."""
WILD: Final = 0xFFFF_FFF0


def program_of(wat: str, services: Services, *, name: str = "auth", vm_id: str = "vm") -> ProxyWasmProgram:
    """Join a guest written in WAT; imports first, as the text format wants it, then `ALLOCATOR`."""
    module = WasmModule("test.wasm", "0" * 64, 0, module_of(wat + MARKER), engine(), "proxy_wasm", "0_2_1")
    settings = GuestSettings(name, root_id="my_root", vm_id=vm_id)
    return ProxyWasmProgram(module, settings, services, LogLines(name, 0, Registry().wasm_log_dropped.child(name)))


class HostCalls:
    """Calls host functions on a guest's behalf: as its plugin, or as one of its streams after `stream`."""

    def __init__(self, services: Services, *, name: str = "auth", vm_id: str = "vm", version: str = "0_2_1") -> None:
        program = program_of(ALLOCATOR, services, name=name, vm_id=vm_id)
        self.guest = program.make()
        self._functions = {each.name: each.call for each in host_functions(program.linked.running, version)}
        self._free = 4096

    def stream(self, exchange: Exchange) -> Stream:
        """Act for an exchange from now on."""
        stream = Stream(self.guest, exchange)
        self.guest.context = stream
        return stream

    def call(self, name: str, *arguments: int | bytes) -> int:
        """Call `proxy_<name>`; bytes are put into the memory and passed as pointer and size."""
        self.guest.enter()
        numbers: list[int] = []
        for argument in arguments:
            numbers += self._put(argument) if isinstance(argument, bytes) else [argument]
        return int(self._functions[f"proxy_{name}"](*numbers))

    def _put(self, data: bytes) -> list[int]:
        at = self._free
        self.guest.memory.write(at, data)
        self._free += len(data)
        return [at, len(data)]

    @property
    def number(self) -> int:
        return int.from_bytes(self.guest.memory.read(NUMBER, 4), "little")

    @property
    def wide_number(self) -> int:
        return int.from_bytes(self.guest.memory.read(NUMBER, 8), "little")

    @property
    def given(self) -> bytes:
        """Return what the last function gave, where the guest's allocator had put it."""
        memory = self.guest.memory
        at, size = (int.from_bytes(memory.read(place, 4), "little") for place in (POINTER, SIZE))
        return memory.read(at, size)
