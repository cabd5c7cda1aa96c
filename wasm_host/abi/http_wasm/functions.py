"""What the functions do that a guest may import from `http_handler`."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Final

from wasm_host.abi.http_wasm.misuse import Misuse
from wasm_host.abi.http_wasm.numbers import LOG_LEVELS, REQUEST, RESPONSE, SUPPORTED
from wasm_host.log_lines import LONGEST_LINE_BYTES

if TYPE_CHECKING:
    from wasm_host.abi.http_wasm.guest import HttpWasmGuest
    from wasm_host.abi.http_wasm.handling import Handling
    from wasm_host.calls import Running
    from wasm_host.memory import Memory

_VERSIONS: Final = {10: b"HTTP/1.0", 11: b"HTTP/1.1", 20: b"HTTP/2.0"}
_COUNT_SHIFT: Final = 32
_EOF: Final = 1 << 32


class Functions:
    """Each takes and returns numbers, as its signature says (imports.py); `at` and `limit` are the guest's buffer.

    What does not fit into a buffer is not written: the guest sees from the length that it has to ask again.
    """

    def __init__(self, running: Running) -> None:
        self._running = running

    @property
    def _guest(self) -> HttpWasmGuest:
        guest: HttpWasmGuest = self._running.guest
        return guest

    @property
    def _handling(self) -> Handling:
        handling: Handling | None = self._running.guest.handling
        if handling is None:
            raise Misuse("there is no request")
        return handling

    def _read(self, at: int, size: int) -> bytes:
        memory: Memory = self._running.guest.memory
        return memory.read(at, size)

    def _give(self, data: bytes, at: int, limit: int) -> int:
        size = len(data)
        if size <= limit:
            self._running.guest.memory.write(at, data)
        return size

    def _list(self, values: Sequence[bytes], at: int, limit: int) -> int:
        """Give strings that each end with NUL; returns their number, and their length in all."""
        data = b"".join([value + b"\0" for value in values])
        return len(values) << _COUNT_SHIFT | self._give(data, at, limit)

    # -- the host

    def enable_features(self, features: int) -> int:
        """Enable for all requests of this guest, or for the one that it has; returns all that are enabled."""
        guest, wanted = self._guest, features & SUPPORTED
        handling = guest.handling
        if handling is None:
            guest.features |= wanted
            return guest.features
        if not handling.frozen:
            handling.features |= wanted
        return handling.features

    def get_config(self, at: int, limit: int) -> int:
        return self._give(self._guest.configuration, at, limit)

    def log_enabled(self, level: int) -> int:
        number = LOG_LEVELS.get(_signed(level))
        return int(number is not None and number >= self._guest.log.level)

    def log(self, level: int, at: int, size: int) -> None:
        if self.log_enabled(level):
            self._guest.memory.reach(at + size)
            self._guest.log.write(LOG_LEVELS[_signed(level)], self._read(at, min(size, LONGEST_LINE_BYTES)))

    # -- the request

    def get_method(self, at: int, limit: int) -> int:
        return self._give(self._handling.request.method.encode("latin-1"), at, limit)

    def set_method(self, at: int, size: int) -> None:
        handling = self._handling
        handling.check_request_open()
        try:
            handling.request.method = self._read(at, size).decode("latin-1")
        except ValueError as error:
            raise Misuse(str(error)) from error

    def get_uri(self, at: int, limit: int) -> int:
        return self._give(self._handling.request.target.encode("latin-1"), at, limit)

    def set_uri(self, at: int, size: int) -> None:
        handling = self._handling
        handling.check_request_open()
        path, question_mark, query = self._read(at, size).decode("latin-1").partition("?")
        try:
            handling.request.path = path or "/"
            handling.request.query = query if question_mark else None
        except ValueError as error:
            raise Misuse(str(error)) from error

    def get_protocol_version(self, at: int, limit: int) -> int:
        return self._give(_VERSIONS[self._handling.request.version], at, limit)

    def get_source_addr(self, at: int, limit: int) -> int:
        client = self._handling.exchange.client
        host = f"[{client.address}]" if ":" in client.address else client.address
        return self._give(f"{host}:{client.port}".encode(), at, limit)

    # -- fields

    def get_header_names(self, kind: int, at: int, limit: int) -> int:
        fields = self._handling.fields(kind)
        return self._list([] if fields is None else fields.names(), at, limit)

    def get_header_values(self, kind: int, name_at: int, name_size: int, at: int, limit: int) -> int:
        name, fields = self._name(name_at, name_size), self._handling.fields(kind)
        return self._list([] if fields is None else fields.values(name), at, limit)

    def set_header_value(self, kind: int, name_at: int, name_size: int, at: int, size: int) -> None:
        name = self._name(name_at, name_size)
        self._handling.editable_fields(kind).set(name, self._read(at, size))

    def add_header_value(self, kind: int, name_at: int, name_size: int, at: int, size: int) -> None:
        name = self._name(name_at, name_size)
        self._handling.editable_fields(kind).add(name, self._read(at, size))

    def remove_header(self, kind: int, name_at: int, name_size: int) -> None:
        self._handling.editable_fields(kind).remove(self._name(name_at, name_size))

    def _name(self, at: int, size: int) -> bytes:
        if not size:
            raise Misuse("a header has a name")
        return self._read(at, size)

    # -- bodies and status

    def read_body(self, kind: int, at: int, limit: int) -> int | Awaitable[int]:
        """Fill the buffer, at the end of the body in part; returns how much that is, and if it is the end."""
        if not limit:
            raise Misuse("there is no room to read a body to")
        guest, handling = self._guest, self._handling
        guest.memory.reach(at + limit)
        if kind == RESPONSE:
            return _given(guest, handling.read_response(limit), at)
        _check_body_kind(kind)
        keep, upload = handling.keeps_request, handling.upload
        if handling.frozen and not keep:
            raise Misuse("after next, the request's body can be read only with the feature buffer_request")
        if upload.has(limit, keep=keep):
            return _given(guest, upload.take(limit, keep=keep), at)
        return _read_later(guest, handling, at, limit)

    def write_body(self, kind: int, at: int, size: int) -> None:
        data = self._guest.memory.read_long(at, size)
        if kind == RESPONSE:
            self._handling.write_response(data)
        else:
            _check_body_kind(kind)
            self._handling.write_request(data)

    def get_status_code(self) -> int:
        return self._handling.status

    def set_status_code(self, status: int) -> None:
        self._handling.set_status(status)


async def _read_later(guest: HttpWasmGuest, handling: Handling, at: int, limit: int) -> int:
    upload, keep = handling.upload, handling.keeps_request
    await upload.fetch(limit, keep=keep)
    return _given(guest, upload.take(limit, keep=keep), at)


def _given(guest: HttpWasmGuest, piece: tuple[bytes, bool], at: int) -> int:
    data, ended = piece
    guest.memory.write(at, data)
    return len(data) | (_EOF if ended else 0)


def _check_body_kind(kind: int) -> None:
    if kind != REQUEST:
        raise Misuse(f"there is no body kind {kind}")


def _signed(number: int) -> int:
    return number - 2**32 if number >= 2**31 else number
