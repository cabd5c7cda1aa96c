"""Requests, responses and their headers, as filters see them.

Headers keep the pairs that the parser gave, as bytes. Text is latin-1, which maps every byte to one character and
back, so a value that nobody touched leaves exactly as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from proxy.body import Body

Pair = tuple[bytes, bytes]

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_FORBIDDEN_IN_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class _LowerNames(dict[bytes, bytes]):
    """Remembers the lower case of field names; bounded, because clients choose names."""

    limit = 4096

    def __missing__(self, name: bytes) -> bytes:
        lower = name.lower()
        if len(self) < self.limit and len(name) <= 64:
            self[name] = lower
        return lower


LOWER: Final = _LowerNames()


def _name_bytes(name: str) -> bytes:
    raw = name.encode("latin-1", "replace")
    if not _TOKEN.match(raw):
        raise ValueError(f"not a field name: {name!r}")
    return raw


def _value_bytes(value: str) -> bytes:
    raw = value.encode("latin-1") if value.isascii() else _encode_text(value)
    if _FORBIDDEN_IN_VALUE.search(raw):
        raise ValueError(f"control character in field value: {value!r}")
    return raw.strip(b" \t")


def _encode_text(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8")


class Headers:
    """Field lines in order; names compare without case, every line is kept."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: Iterable[Pair] = ()) -> None:
        self.pairs: list[Pair] = list(pairs)

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]]) -> Headers:
        """Make headers from text; raises ValueError for what may not stand in a field line."""
        return cls((_name_bytes(name), _value_bytes(value)) for name, value in fields)

    def get(self, name: str, default: str | None = None) -> str | None:
        value = self.find(name.lower().encode("latin-1", "replace"))
        return default if value is None else value.decode("latin-1")

    def getall(self, name: str) -> list[str]:
        key = name.lower().encode("latin-1", "replace")
        return [value.decode("latin-1") for raw, value in self.pairs if LOWER[raw] == key]

    def joined(self, name: str) -> str | None:
        """Return all lines of a list-valued field as one (RFC 9110 §5.3), or None where there is none."""
        values = self.getall(name)
        return ", ".join(values) if values else None

    def find(self, lower_name: bytes) -> bytes | None:
        """Return the first value of a field named in lower-case bytes, as received."""
        for raw, value in self.pairs:
            if LOWER[raw] == lower_name:
                return value
        return None

    def set(self, name: str, value: str) -> None:
        """Replace every line of the field by one, in the place of the first."""
        self.put(_name_bytes(name), _value_bytes(value))

    def put(self, raw_name: bytes, raw_value: bytes) -> None:
        """Do what `set` does with bytes that the caller has checked."""
        key, pairs = LOWER[raw_name], self.pairs
        for at, (raw, _) in enumerate(pairs):
            if LOWER[raw] == key:
                pairs[at + 1 :] = [pair for pair in pairs[at + 1 :] if LOWER[pair[0]] != key]
                pairs[at] = (raw_name, raw_value)
                return
        pairs.append((raw_name, raw_value))

    def add(self, name: str, value: str) -> None:
        self.pairs.append((_name_bytes(name), _value_bytes(value)))

    def remove(self, name: str) -> bool:
        """Drop every line of the field; tell whether there was one."""
        return self.drop(name.lower().encode("latin-1", "replace"))

    def drop(self, lower_name: bytes) -> bool:
        """Do what `remove` does with a lower-case name in bytes."""
        pairs = self.pairs
        for raw, _ in pairs:
            if LOWER[raw] == lower_name:
                pairs[:] = [pair for pair in pairs if LOWER[pair[0]] != lower_name]
                return True
        return False

    def items(self) -> Iterator[tuple[str, str]]:
        for raw, value in self.pairs:
            yield raw.decode("latin-1"), value.decode("latin-1")

    def copy(self) -> Headers:
        return Headers(self.pairs)

    def __contains__(self, name: str) -> bool:
        return self.find(name.lower().encode("latin-1", "replace")) is not None

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (raw.decode("latin-1") for raw, _ in self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __repr__(self) -> str:
        return f"Headers({list(self.items())!r})"


class Request:
    """What the client asked, after normalising; edits of method, path and query change what goes upstream.

    `path` is normalised and percent-encoded, `query` is None where there was no `?`. `host` is the authority in
    lower case without its port. `body` is None, whole bytes, or a stream.
    """

    __slots__ = (
        "_line",
        "_method",
        "_path",
        "_query",
        "authority",
        "body",
        "headers",
        "host",
        "scheme",
        "version",
    )

    def __init__(
        self,
        method: str,
        path: str,
        query: str | None = None,
        *,
        headers: Headers | None = None,
        scheme: str = "http",
        authority: str = "",
        host: str = "",
        version: int = 11,
        body: Body | bytes | None = None,
        line: bytes | None = None,
    ) -> None:
        self._method, self._path, self._query, self._line = method, path, query, line
        self.headers = Headers() if headers is None else headers
        self.scheme, self.authority, self.host, self.version = scheme, authority, host, version
        self.body = body

    @property
    def method(self) -> str:
        return self._method

    @method.setter
    def method(self, method: str) -> None:
        _name_bytes(method)
        self._method, self._line = method, None

    @property
    def path(self) -> str:
        return self._path

    @path.setter
    def path(self, path: str) -> None:
        if not path.startswith("/") and path != "*":
            raise ValueError(f"a path starts with a slash: {path!r}")
        self._path, self._line = _target_part(path), None

    @property
    def query(self) -> str | None:
        return self._query

    @query.setter
    def query(self, query: str | None) -> None:
        self._query = None if query is None else _target_part(query)
        self._line = None

    @property
    def target(self) -> str:
        """Path and query as they go upstream."""
        return self._path if self._query is None else f"{self._path}?{self._query}"

    def request_line(self) -> bytes:
        """Return the HTTP/1.1 request line with its CRLF; remembered until an edit."""
        if self._line is None:
            self._line = f"{self._method} {self.target} HTTP/1.1\r\n".encode("latin-1")
        return self._line

    def __repr__(self) -> str:
        return f"<Request {self._method} {self.scheme}://{self.authority}{self.target}>"


_FORBIDDEN_IN_TARGET = re.compile(r"[^!-~]|[#\\]")


def _target_part(text: str) -> str:
    if _FORBIDDEN_IN_TARGET.search(text):
        raise ValueError(f"percent-encode what may not stand in a target: {text!r}")
    return text


class Response:
    """A final answer; `body` is whole bytes or a stream, `reason` the phrase of an origin that sent its own."""

    __slots__ = ("body", "headers", "reason", "status")

    def __init__(
        self,
        status: int,
        headers: Headers | None = None,
        body: Body | bytes = b"",
        *,
        reason: bytes | None = None,
    ) -> None:
        self.status, self.reason, self.body = status, reason, body
        self.headers = Headers() if headers is None else headers

    @classmethod
    def text(cls, status: int, text: str, content_type: str = "text/plain; charset=utf-8") -> Response:
        return cls(status, Headers.of([("Content-Type", content_type)]), text.encode())

    def __repr__(self) -> str:
        return f"<Response {self.status}>"
