"""Requests, responses and their headers, as filters see them.

Headers keep the lines that the parser saw, as bytes. Text is latin-1, which maps every byte to one character and back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from proxy.authority import parse_host
from proxy.errors import BadRequest
from proxy.memory import Memory

if TYPE_CHECKING:
    from proxy.body import Body

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_FORBIDDEN_IN_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def _name_of(line: bytes) -> bytes:
    return line[: line.index(b":")].lower()


NAME_OF: Final = Memory(_name_of, limit=4096, longest=160)
"""The lower-case name of a field line."""
OF_THE_CONNECTION: Final = frozenset(
    b"host content-length transfer-encoding connection upgrade expect keep-alive proxy-connection te trailer".split()
)
"""Written by whoever frames the message: an edit could only make it ambiguous."""


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
    """Field lines in order; names compare without case, every line is kept.

    `lines` are whole, `b"Name: value"`, as the peer spelt them: a line that nobody touches is written as it came. Their
    lower-case names are worked out when first asked for. Fields of one connection are not among them, and can't be set.
    """

    __slots__ = ("_names", "lines")

    def __init__(self, lines: list[bytes] | None = None) -> None:
        """Take over lines that the caller has checked."""
        self.lines: list[bytes] = [] if lines is None else lines
        self._names: list[bytes] | None = None

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]]) -> Headers:
        """Make headers from text; raises ValueError for what may not stand in a field line."""
        return cls([field_line(name, value) for name, value in fields])

    def names(self) -> list[bytes]:
        """Return the lower-case name of each line."""
        names = self._names
        if names is None or len(names) != len(self.lines):
            names = self._names = [NAME_OF[line] for line in self.lines]
        return names

    def get(self, name: str, default: str | None = None) -> str | None:
        value = self.find(_key(name))
        return default if value is None else value.decode("latin-1")

    def getall(self, name: str) -> list[str]:
        return [value.decode("latin-1") for value in self.values(_key(name))]

    def joined(self, name: str) -> str | None:
        """Return all lines of a list-valued field as one (RFC 9110 §5.3), or None where there is none."""
        values = self.getall(name)
        return ", ".join(values) if values else None

    def find(self, lower_name: bytes) -> bytes | None:
        """Return the first value of a field named in lower-case bytes."""
        names = self._names
        if names is None or len(names) != len(self.lines):
            names = self.names()
        if lower_name not in names:
            return None
        return self.lines[names.index(lower_name)][len(lower_name) + 1 :].strip(b" \t")

    def values(self, lower_name: bytes) -> list[bytes]:
        """Return all values of a field named in lower-case bytes."""
        names = self.names()
        if lower_name not in names:
            return []
        return [value_of(line) for known, line in zip(names, self.lines, strict=True) if known == lower_name]

    def set(self, name: str, value: str) -> None:
        """Replace every line of the field by one, in the place of the first."""
        self.put(_key(name), field_line(name, value))

    def put(self, lower_name: bytes, line: bytes) -> None:
        """Do what `set` does with a line that the caller has checked."""
        if lower_name in OF_THE_CONNECTION:
            raise ValueError(_not_yours(lower_name))
        names = self.names()
        if lower_name in names:
            at = names.index(lower_name)
            if lower_name in names[at + 1 :]:
                self.drop(lower_name)
                names = self.names()
                names.insert(at, lower_name)
                self.lines.insert(at, line)
            else:
                self.lines[at] = line
        else:
            names.append(lower_name)
            self.lines.append(line)

    def add(self, name: str, value: str) -> None:
        self.append(_key(name), field_line(name, value))

    def append(self, lower_name: bytes, line: bytes) -> None:
        """Do what `add` does with a line that the caller has checked."""
        if lower_name in OF_THE_CONNECTION:
            raise ValueError(_not_yours(lower_name))
        if self._names is not None:
            self._names.append(lower_name)
        self.lines.append(line)

    def remove(self, name: str) -> bool:
        """Drop every line of the field; tell whether there was one."""
        return self.drop(_key(name))

    def drop(self, lower_name: bytes) -> bool:
        """Do what `remove` does with a lower-case name in bytes."""
        names = self.names()
        if lower_name not in names:
            return False
        self.lines[:] = [line for known, line in zip(names, self.lines, strict=True) if known != lower_name]
        self._names = None
        return True

    def replace_all(self, lines: list[bytes]) -> None:
        """Put lines that the caller has checked in the place of all there are."""
        self.lines[:] = lines
        self._names = None

    def items(self) -> Iterator[tuple[str, str]]:
        for line in self.lines:
            yield line[: line.index(b":")].decode("latin-1"), value_of(line).decode("latin-1")

    def copy(self) -> Headers:
        return Headers(self.lines.copy())

    def __contains__(self, name: str) -> bool:
        return _key(name) in self.names()

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.items())

    def __len__(self) -> int:
        return len(self.lines)

    def __repr__(self) -> str:
        return f"Headers({list(self.items())!r})"


def _not_yours(lower_name: bytes) -> str:
    if lower_name == b"host":
        return "Host is the request's `authority`"
    return f"{lower_name.decode()} belongs to the connection, and is written to suit the body"


def _key(name: str) -> bytes:
    return name.lower().encode("latin-1", "replace")


def field_line(name: str, value: str) -> bytes:
    """Write one field line, without CRLF; raises ValueError for what may not stand in one."""
    return b"%b: %b" % (_name_bytes(name), _value_bytes(value))


def value_of(line: bytes) -> bytes:
    """Return the value of a field line, without the white space around it."""
    return line.partition(b":")[2].strip(b" \t")


class Request:
    """What the client asked, after normalising; edits of method, path and query change what goes upstream.

    `path` is normalised and percent-encoded, `asked_path` what it was before any edit; `to_head` tells that the
    client asked with HEAD, whatever a filter made of that, and takes no body; `query` is None where there was no
    `?`. `host` is the authority in lower case without its port. `body` is None, whole bytes, or a stream. `upgrade`
    is the protocol that the client would go over to, `expects_continue` says that it waits for 100 before it sends
    its body, `authorized` that it sent Authorization, whatever a filter made of that, `field_count` and
    `head_bytes` how much it sent. Host, Content-Length and the other fields of one connection are not among
    `headers`: `authority` and `body` say what they say. `line` is the upstream request line with its CRLF, None
    after an edit.
    """

    __slots__ = (
        "_authority",
        "_method",
        "_path",
        "_query",
        "asked_path",
        "authorized",
        "body",
        "expects_continue",
        "field_count",
        "head_bytes",
        "headers",
        "host",
        "line",
        "scheme",
        "to_head",
        "upgrade",
        "version",
    )

    def __init__(
        self,
        method: str,
        path: str,
        query: str | None = None,
        headers: Headers | None = None,
        scheme: str = "http",
        authority: str = "",
        host: str = "",
        *,
        body: Body | bytes | None = None,
    ) -> None:
        self._method, self._path, self._query = method, path, query
        self.line: bytes | None = None
        self.headers = Headers() if headers is None else headers
        self.scheme, self._authority, self.host = scheme, authority, host
        self.version = 11
        self.body = body
        self.upgrade: bytes | None = None
        self.expects_continue = self.authorized = False
        self.field_count = self.head_bytes = 0
        self.asked_path = path
        self.to_head = method == "HEAD"

    def _set_method(self, method: str) -> None:
        _name_bytes(method)
        self._method, self.line = method, None

    # attrgetter reads at C's speed: 30 ns less than a getter in Python, several times a request.
    method = property(attrgetter("_method"), _set_method)

    def _set_authority(self, authority: str) -> None:
        try:
            host = parse_host(authority.encode("latin-1", "replace"))
        except BadRequest as error:
            raise ValueError(str(error)) from error
        self._authority, self.host = host.authority, host.host

    authority = property(attrgetter("_authority"), _set_authority)

    @property
    def path(self) -> str:
        return self._path

    @path.setter
    def path(self, path: str) -> None:
        if not path.startswith("/") and path != "*":
            raise ValueError(f"a path starts with a slash: {path!r}")
        if _FORBIDDEN_IN_PATH.search(path):
            raise ValueError(f"percent-encode what may not stand in a path: {path!r}")
        self._path, self.line = path, None

    @property
    def query(self) -> str | None:
        return self._query

    @query.setter
    def query(self, query: str | None) -> None:
        if query is not None and _FORBIDDEN_IN_QUERY.search(query):
            raise ValueError(f"percent-encode what may not stand in a query: {query!r}")
        self._query = query
        self.line = None

    @property
    def target(self) -> str:
        """Path and query as they go upstream."""
        return self._path if self._query is None else f"{self._path}?{self._query}"

    def request_line(self) -> bytes:
        """Return the HTTP/1.1 request line with its CRLF; made when there is none."""
        if self.line is None:
            self.line = f"{self._method} {self.target} HTTP/1.1\r\n".encode("latin-1")
        return self.line

    def copy(self) -> Request:
        """Return the same request without its body, to be edited and sent apart."""
        other = Request(
            self._method, self._path, self._query, self.headers.copy(), self.scheme, self._authority, self.host
        )
        other.line, other.authorized, other.asked_path = self.line, self.authorized, self.asked_path
        return other

    def __repr__(self) -> str:
        return f"<Request {self._method} {self.scheme}://{self.authority}{self.target}>"


_FORBIDDEN_IN_QUERY = re.compile(r"[^!-~]|#")  # browsers send a backslash there as it is
_FORBIDDEN_IN_PATH = re.compile(r"[^!-~]|[#?\\]")


class Response:
    """A final answer; `body` is whole bytes or a stream, `status_line` that of an origin that sent its own phrase.

    `content_length` is what the head says where no body follows it: the answer to HEAD, and 304.
    """

    __slots__ = ("_status", "body", "content_length", "headers", "status_line")

    def __init__(
        self,
        status: int,
        headers: Headers | None = None,
        body: Body | bytes = b"",
        status_line: bytes | None = None,
    ) -> None:
        self._status, self.status_line, self.body = status, status_line, body
        self.content_length: int | None = None
        self.headers = Headers() if headers is None else headers

    def _set_status(self, status: int) -> None:
        if not 200 <= status <= 999:
            raise ValueError(f"not a final status: {status}")
        self._status, self.status_line = status, None

    status = property(attrgetter("_status"), _set_status)

    @classmethod
    def text(cls, status: int, text: str, content_type: str = "text/plain; charset=utf-8") -> Response:
        return cls(status, Headers.of([("Content-Type", content_type)]), text.encode())

    def __repr__(self) -> str:
        return f"<Response {self.status}>"
