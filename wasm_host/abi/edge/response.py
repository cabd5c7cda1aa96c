"""Host functions by which a guest makes its answer."""

from __future__ import annotations

from wasm_host.abi.edge.reading import data
from wasm_host.functions.call import Call
from wasm_host.functions.draft import MOST_FIELD_BYTES, MOST_NAME_BYTES


def response_set_status(call: Call, status: int) -> int:
    call.draft.set_status(status)
    return 0


def response_set_header(call: Call, name_at: int, name_size: int, at: int, size: int) -> int:
    name, value = _field(call, name_at, name_size, at, size)
    call.draft.set_field(name, value)
    return 0


def response_add_header(call: Call, name_at: int, name_size: int, at: int, size: int) -> int:
    name, value = _field(call, name_at, name_size, at, size)
    call.draft.add_field(name, value)
    return 0


def response_remove_header(call: Call, name_at: int, name_size: int) -> int:
    return call.draft.remove_field(_name(call, name_at, name_size))


def response_set_body(call: Call, at: int, size: int) -> int:
    call.draft.set_body(data(call, at, size, call.limits.response_bytes, "an answer"))
    return 0


def request_terminate(call: Call, status: int) -> int:
    call.draft.terminate(status)
    return 0


def _field(call: Call, name_at: int, name_size: int, at: int, size: int) -> tuple[bytes, bytes]:
    return _name(call, name_at, name_size), data(call, at, size, MOST_FIELD_BYTES, "a field's value")


def _name(call: Call, at: int, size: int) -> bytes:
    return data(call, at, size, MOST_NAME_BYTES, "a field's name")
