"""The header fields of an exchange as guests see them: names in lower case, a value for each line."""

from __future__ import annotations

from typing import Final

from proxy.body import Body
from proxy.memory import Memory
from proxy.messages import OF_THE_CONNECTION, Headers, Request, Response, field_line
from wasm_host.abi.http_wasm.misuse import Misuse

_SEPARATOR: Final = b"\0"
"""Stands in no name and no value."""


Edit = tuple[bytes, bytes | None]
"""A field's lower-case name, and its line; no line if its edits are passed over."""


def _edit(key: bytes) -> Edit:
    name, _, value = key.partition(_SEPARATOR)
    try:
        line = field_line(name.decode("latin-1"), value.decode("latin-1"))
    except ValueError as error:
        raise Misuse(str(error)) from error
    lower_name = name.lower()
    return lower_name, None if lower_name in OF_THE_CONNECTION else line


_EDITS: Final = Memory(_edit, limit=4096, longest=256)
"""Guests set the same few fields to the same few values; checking them anew is 2 µs each time."""


class Fields:
    """The fields of one message; edits raise Misuse for what may not stand in one.

    Fields of the connection can be read, where they are known, but edits of them are passed over: whoever frames the
    message writes them to suit its body.
    """

    __slots__ = ("headers",)

    def __init__(self, headers: Headers) -> None:
        self.headers = headers

    def of_the_connection(self) -> dict[bytes, bytes]:
        """Return the fields that are not among the headers."""
        return {}

    def names(self) -> list[bytes]:
        return sorted({*self.headers.names(), *self.of_the_connection()})

    def values(self, name: bytes) -> list[bytes]:
        lower_name = name.lower()
        if lower_name not in OF_THE_CONNECTION:
            return self.headers.values(lower_name)
        value = self.of_the_connection().get(lower_name)
        return [] if value is None else [value]

    def set(self, name: bytes, value: bytes) -> None:
        lower_name, line = _EDITS[name + _SEPARATOR + value]
        if line is not None:
            self.headers.put(lower_name, line)

    def add(self, name: bytes, value: bytes) -> None:
        lower_name, line = _EDITS[name + _SEPARATOR + value]
        if line is not None:
            self.headers.append(lower_name, line)

    def remove(self, name: bytes) -> None:
        self.headers.drop(name.lower())


class RequestFields(Fields):
    """The request's; `host` is its authority."""

    __slots__ = ("_request",)

    def __init__(self, request: Request) -> None:
        super().__init__(request.headers)
        self._request = request

    def of_the_connection(self) -> dict[bytes, bytes]:
        request = self._request
        return {b"host": request.authority.encode("latin-1"), **_length(request.body)}

    def set(self, name: bytes, value: bytes) -> None:
        if name.lower() != b"host":
            super().set(name, value)
            return
        try:
            self._request.authority = value.decode("latin-1")
        except ValueError as error:
            raise Misuse(str(error)) from error


class ResponseFields(Fields):
    """A response's, once there is one."""

    __slots__ = ("_response",)

    def __init__(self, response: Response) -> None:
        super().__init__(response.headers)
        self._response = response

    def of_the_connection(self) -> dict[bytes, bytes]:
        response = self._response
        if response.content_length is not None:
            return {b"content-length": b"%d" % response.content_length}
        return _length(response.body)


class EarlyFields(Fields):
    """Those that a guest gave the response before there was one."""

    __slots__ = ("_replacing",)

    def __init__(self) -> None:
        super().__init__(Headers())
        self._replacing: set[bytes] = set()

    def set(self, name: bytes, value: bytes) -> None:
        super().set(name, value)
        self._replacing.add(name.lower())

    def remove(self, name: bytes) -> None:
        super().remove(name)
        self._replacing.discard(name.lower())

    def merge_into(self, headers: Headers) -> None:
        """Put what was set in the place of the response's own, and what was added beside them."""
        for name in self._replacing:
            headers.drop(name)
        for name, line in zip(self.headers.names(), self.headers.lines, strict=True):
            headers.append(name, line)


def _length(body: Body | bytes | None) -> dict[bytes, bytes]:
    if body is None:
        return {}
    length = len(body) if isinstance(body, bytes) else body.length
    return {} if length is None else {b"content-length": b"%d" % length}
