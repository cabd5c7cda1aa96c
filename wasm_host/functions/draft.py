"""The answer that a function makes, until it is sent."""

from __future__ import annotations

from typing import Final

from proxy.memory import Memory
from proxy.messages import OF_THE_CONNECTION, Headers, field_line
from wasm_host.functions.hostcall import HostcallFailed

STATUSES: Final = range(100, 600)
FINAL: Final = 200
"""Below this a status only announces another."""
MOST_NAME_BYTES: Final = 256
MOST_FIELD_BYTES: Final = 64 * 1024
"""Of all fields together: more than a client would take of any server."""
FIELD_OVERHEAD_BYTES: Final = 32
"""What each counts beside its name and value (RFC 9113 §10.5.1): ten thousand of one letter are no small answer."""

_SEPARATOR: Final = b"\0"
"""Stands in no name and no value."""

_Field = tuple[bytes, bytes | None]
"""A lower-case name and its line; no line where the field belongs to the connection, whose words are ours."""


def _field(key: bytes) -> _Field:
    name, _, value = key.partition(_SEPARATOR)
    try:
        line = field_line(name.decode("latin-1"), value.decode("latin-1"))
    except ValueError as error:
        raise HostcallFailed("invalid", str(error)) from error
    lower_name = name.lower()
    return lower_name, None if lower_name in OF_THE_CONNECTION else line


_FIELDS: Final = Memory(_field, limit=4096, longest=256)
"""Functions set the same few fields to the same few values; to check them anew is 2 µs each time."""


class Draft:
    """What was set of status, fields and body; None is what was not. Its methods raise HostcallFailed.

    `headers` are those that were set and added, `replaced` the names of which an answer's own fields go. Once it is
    `sent`, nothing can be set.
    """

    __slots__ = ("_field_bytes", "_most_bytes", "body", "headers", "replaced", "sent", "status", "terminated")

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes, self._field_bytes = most_bytes, 0
        self.status: int | None = None
        self.body: bytes | None = None
        self.headers = Headers()
        self.replaced: set[bytes] | None = None
        self.terminated = self.sent = False

    def set_status(self, status: int) -> None:
        self._check_open()
        if status not in STATUSES or (self.terminated and status < FINAL):
            raise HostcallFailed("invalid", f"{status} is no status{' to end with' * self.terminated}")
        self.status = status

    def set_field(self, name: bytes, value: bytes) -> None:
        lower_name, line = self._checked(name, value)
        if line is not None:
            self._replace(lower_name)
            self.headers.put(lower_name, line)

    def add_field(self, name: bytes, value: bytes) -> None:
        lower_name, line = self._checked(name, value)
        if line is not None:
            self.headers.append(lower_name, line)

    def remove_field(self, name: bytes) -> int:
        """Remove all fields of a name; returns how many there were."""
        lower_name, _ = self._checked(name, b"")
        count = self.headers.names().count(lower_name)
        self.headers.drop(lower_name)
        if lower_name not in OF_THE_CONNECTION:
            self._replace(lower_name)
        return count

    def set_body(self, body: bytes) -> None:
        self._check_open()
        if len(body) > self._most_bytes:
            raise HostcallFailed("too_large", f"an answer of {len(body)} bytes; {self._most_bytes} is the most")
        self.body = body

    def terminate(self, status: int) -> None:
        """Let the answer be sent as it stands."""
        if status < FINAL:
            raise HostcallFailed("invalid", f"{status} is no status to end with")
        self.set_status(status)
        self.terminated = True

    def _checked(self, name: bytes, value: bytes) -> _Field:
        self._check_open()
        if len(name) > MOST_NAME_BYTES:
            raise HostcallFailed("too_large", f"a field's name of {len(name)} bytes; {MOST_NAME_BYTES} is the most")
        if _SEPARATOR in name or _SEPARATOR in value:
            raise HostcallFailed("invalid", "NUL in a field")
        self._field_bytes += len(name) + len(value) + FIELD_OVERHEAD_BYTES
        if self._field_bytes > MOST_FIELD_BYTES:
            raise HostcallFailed("too_large", f"more than {MOST_FIELD_BYTES} bytes of fields")
        return _FIELDS[name + _SEPARATOR + value]

    def _replace(self, lower_name: bytes) -> None:
        if self.replaced is None:
            self.replaced = set()
        self.replaced.add(lower_name)

    def _check_open(self) -> None:
        if self.sent:
            raise HostcallFailed("invalid", "the answer is sent already")
