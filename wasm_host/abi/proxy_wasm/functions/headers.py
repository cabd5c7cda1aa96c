"""Header maps (functions 8 to 14)."""

from __future__ import annotations

from collections.abc import Callable

from wasm_host.abi.proxy_wasm.numbers import NOT_FOUND, OK, Status
from wasm_host.abi.proxy_wasm.pairs import MalformedPairs, decode_pairs, encode_pairs
from wasm_host.calls import Running
from wasm_host.memory import MOST_READ_BYTES

MAPS = range(8)


def functions(running: Running, *, absent_is_empty: bool) -> dict[str, Callable[..., int]]:
    """Make the functions; in 0.1.0 a header that is not there is OK and empty."""

    def proxy_get_header_map_value(kind: int, key: int, key_size: int, data_at: int, size_at: int) -> int:
        guest = running.guest
        memory = guest.memory
        fields = guest.context.header_map(kind)
        if key + key_size > memory.size:
            memory.reach(key + key_size)
        if fields is None or key_size > MOST_READ_BYTES:
            return Status.BAD_ARGUMENT
        value = fields.get(memory.view[key : key + key_size].tobytes().lower())
        if value is None:
            return guest.give(b"", data_at, size_at) if absent_is_empty else NOT_FOUND
        return guest.give(value, data_at, size_at)  # type: ignore[no-any-return]

    def proxy_add_header_map_value(kind: int, key: int, key_size: int, value: int, value_size: int) -> int:
        guest = running.guest
        memory = guest.memory
        fields = guest.context.editable_map(kind)
        if fields is None:
            return Status.BAD_ARGUMENT
        try:
            fields.add(memory.read(key, key_size), memory.read(value, value_size))
        except ValueError:
            return Status.BAD_ARGUMENT
        return OK

    def proxy_replace_header_map_value(kind: int, key: int, key_size: int, value: int, value_size: int) -> int:
        memory, fields = running.guest.memory, running.guest.context.editable_map(kind)
        if fields is None:
            return Status.BAD_ARGUMENT
        try:
            fields.replace(memory.read(key, key_size), memory.read(value, value_size))
        except ValueError:
            return Status.BAD_ARGUMENT
        return OK

    def proxy_remove_header_map_value(kind: int, key: int, key_size: int) -> int:
        fields = running.guest.context.editable_map(kind)
        if fields is None:
            return Status.BAD_ARGUMENT
        fields.remove(running.guest.memory.read(key, key_size).lower())
        return OK

    def proxy_get_header_map_pairs(kind: int, data_at: int, size_at: int) -> int:
        if kind not in MAPS:
            return Status.BAD_ARGUMENT
        fields = running.guest.context.header_map(kind)
        pairs = [] if fields is None else fields.pairs()
        return running.guest.give(encode_pairs(pairs) if pairs else b"", data_at, size_at)  # type: ignore[no-any-return]

    def proxy_set_header_map_pairs(kind: int, data: int, size: int) -> int:
        fields = running.guest.context.editable_map(kind)
        if fields is None:
            return Status.BAD_ARGUMENT
        try:
            fields.replace_all(decode_pairs(running.guest.memory.read(data, size)))
        except (MalformedPairs, ValueError):
            return Status.BAD_ARGUMENT
        return OK

    def proxy_get_header_map_size(kind: int, size_at: int) -> int:
        fields = running.guest.context.header_map(kind)
        if fields is None:
            return Status.BAD_ARGUMENT
        # Envoy counts the bytes of names and values, not those of the serialised form.
        total = sum(len(name) + len(value) for name, value in fields.pairs())
        running.guest.memory.write_u32(size_at, total)
        return OK

    return {name: value for name, value in locals().items() if name.startswith("proxy_")}
