"""What a context id stands for: the plugin (root) or one exchange (stream), with the maps and buffers it may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from proxy.errors import GuestTrap
from wasm_host.abi.proxy_wasm.header_map import FixedMap, HeaderMap
from wasm_host.abi.proxy_wasm.numbers import BufferKind, MapKind

if TYPE_CHECKING:
    from asyncio import TimerHandle

    from wasm_host.abi.proxy_wasm.http_calls import CallResult
    from wasm_host.abi.proxy_wasm.stream import Stream


_NEVER_ABSENT: Final = (
    BufferKind.REQUEST_BODY,
    BufferKind.RESPONSE_BODY,
    BufferKind.DOWNSTREAM_DATA,
    BufferKind.UPSTREAM_DATA,
    BufferKind.GRPC_MESSAGE,
)
"""Buffers that are empty outside of their callbacks, as in Envoy."""


class Context:
    """What functions act on; the effective one of a guest is the one whose callback runs, or that it chose itself."""

    id: int
    stream: Stream | None = None

    def header_map(self, kind: int) -> HeaderMap | None:
        """Return a map to read from, None where it is not there now."""
        return None

    def editable_map(self, kind: int) -> HeaderMap | None:
        """Return a map to write to, None where it is not there now or has gone out already."""
        return None

    def buffer(self, kind: int) -> bytes | None:
        return None

    def set_buffer(self, kind: int, data: bytes) -> bool:
        """Replace a buffer; tells whether it may be written now."""
        return False

    def resume(self, kind: int) -> None:
        """End the pause of one side of the stream, if this is one; Envoy lets plugins ask as well."""


class Root(Context):
    """The plugin: one filter in one guest. `call` is the call whose answer the guest is being told now."""

    id = 1

    def __init__(self, name: str, root_id: str, vm_id: str, configuration: bytes, vm_configuration: bytes) -> None:
        self.name, self.root_id, self.vm_id = name, root_id, vm_id
        self.configuration, self.vm_configuration = configuration, vm_configuration
        self.call: CallResult | None = None
        self.calls: dict[int, Any] = {}
        self.timer: TimerHandle | None = None
        self.foreign_arguments = b""
        self.configuring = False

    def header_map(self, kind: int) -> HeaderMap | None:
        return FixedMap(self.call.headers) if self.call is not None and kind == MapKind.CALL_HEADERS else None

    def buffer(self, kind: int) -> bytes | None:
        if kind == BufferKind.PLUGIN_CONFIGURATION and self.configuring:
            return self.configuration
        if kind == BufferKind.VM_CONFIGURATION:
            return self.vm_configuration
        if kind == BufferKind.FOREIGN_ARGUMENTS:
            return self.foreign_arguments
        if kind == BufferKind.CALL_BODY and self.call is not None:
            return self.call.body
        return b"" if kind in _NEVER_ABSENT else None


class BeforeStart(Context):
    """What a module's own start acts on: nothing, as in Envoy."""

    id = 0

    @property
    def stream(self) -> Stream:  # type: ignore[override]
        raise _too_early()

    def header_map(self, kind: int) -> HeaderMap | None:
        raise _too_early()

    def editable_map(self, kind: int) -> HeaderMap | None:
        raise _too_early()

    def buffer(self, kind: int) -> bytes | None:
        raise _too_early()

    def resume(self, kind: int) -> None:
        raise _too_early()


def _too_early() -> GuestTrap:
    return GuestTrap(
        "the module calls the host in its _initialize or _start; it may log there, no more", reason="too_early"
    )
