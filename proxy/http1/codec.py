"""Message heads, judged by httptools (llhttp); nothing else knows that library.

Whole heads are fed, one message at a time: bodies are `framing.py`'s, so nothing behind a message is ever parsed before
its turn. What llhttp leaves open is settled here and by the callers: protocol and version, repeated or odd framing
fields, and what only a proxy cares about (hop-by-hop fields, RFC 9110 §7.6.1).

llhttp judges; the lines are then split by us. A callback for each field costs 0.2 µs, a remembered line 0.05.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final

import httptools

from proxy.errors import BadRequest, BadUpstreamResponse
from proxy.messages import LOWER, value_of

HEAD_END: Final = b"\r\n\r\n"


class Kind(IntEnum):
    """How a field is treated; 0 is forwarded as it came."""

    PLAIN = 0
    HOST = 1
    LENGTH = 2
    TRANSFER_ENCODING = 3
    CONNECTION = 4
    UPGRADE = 5
    EXPECT = 6
    HOP = 7
    FORWARDED = 8
    ALIAS = 9


_SPECIAL: Final = {
    b"host": Kind.HOST,
    b"content-length": Kind.LENGTH,
    b"transfer-encoding": Kind.TRANSFER_ENCODING,
    b"connection": Kind.CONNECTION,
    b"upgrade": Kind.UPGRADE,
    b"expect": Kind.EXPECT,
    b"keep-alive": Kind.HOP,
    b"proxy-connection": Kind.HOP,
    b"proxy-authorization": Kind.HOP,
    b"proxy-authenticate": Kind.HOP,
    b"te": Kind.HOP,
    b"trailer": Kind.HOP,
    b"http2-settings": Kind.HOP,
    b"x-forwarded-for": Kind.FORWARDED,
    b"x-forwarded-proto": Kind.FORWARDED,
    b"x-forwarded-host": Kind.FORWARDED,
    b"forwarded": Kind.FORWARDED,
}
FRAMING_NAMES: Final = frozenset(name for name, kind in _SPECIAL.items() if kind is not Kind.FORWARDED)
"""Fields of one connection: no filter sets them, whoever writes a head does."""
# CGI and WSGI fold "-" and "_" into one name, so an alias would speak for the field that we set or judged.
_ALIASED: Final = frozenset(name.replace(b"-", b"_") for name in (*_SPECIAL, b"x-real-ip") if b"-" in name)


def kind_of(name: bytes) -> Kind:
    lower = name.lower()
    if b"_" in lower and lower.replace(b"-", b"_") in _ALIASED:
        return Kind.ALIAS
    return _SPECIAL.get(lower, Kind.PLAIN)


Field = tuple[int, bytes]


class _Fields(dict[bytes, Field | None]):
    """Remembers of whole field lines what they are: None if forwarded as they came, else kind and value.

    Most of a client's and an origin's lines come again and again. Bounded and emptied when full, because peers choose
    them.
    """

    limit = 4096
    longest = 160

    def __missing__(self, line: bytes) -> Field | None:
        kind = kind_of(line[: line.index(b":")])
        field = (int(kind), value_of(line)) if kind else None
        if len(line) <= self.longest:
            if len(self) >= self.limit:
                self.clear()
            self[line] = field
        return field


_FIELDS: Final = _Fields()
_NO_OPTIONS: Final[frozenset[bytes]] = frozenset()
_CONNECTION_WORDS = frozenset({b"close", b"keep-alive", b"upgrade", b""})
_NEVER_NAMED = frozenset(
    {b"host", b"content-length", b"content-type", b"cache-control"}
    | {name for name, kind in _SPECIAL.items() if kind is Kind.FORWARDED}
)


class Head:
    """What the fields of one head said, refilled by each parse.

    `lines` are to be forwarded. The fields of the connection stand apart, as lists of their values, None without any.
    """

    __slots__ = (
        "connection",
        "count",
        "expect",
        "forwarded",
        "host",
        "lengths",
        "lines",
        "transfer_encodings",
        "upgrade",
    )

    lines: list[bytes]
    host: list[bytes] | None
    lengths: list[bytes] | None
    transfer_encodings: list[bytes] | None
    connection: list[bytes] | None
    upgrade: list[bytes] | None
    expect: list[bytes] | None
    forwarded: list[bytes] | None

    def split(self, block: bytes) -> None:
        """Take apart the field lines of a head that llhttp has judged."""
        self.host = self.lengths = self.transfer_encodings = self.connection = self.upgrade = self.expect = None
        self.forwarded = None
        if not block:
            self.lines = []
            self.count = 0
            return
        lines = self.lines = block.split(b"\r\n")
        self.count = len(lines)
        fields = _FIELDS
        for line in [line for line in lines if fields[line] is not None]:
            lines.remove(line)
            self._special(line)

    def _special(self, line: bytes) -> None:
        field = _FIELDS[line]
        assert field is not None
        kind, value = field
        if kind == 1:
            self.host = [*(self.host or ()), value]
        elif kind == 2:
            self.lengths = [*(self.lengths or ()), value]
        elif kind == 3:
            self.transfer_encodings = [*(self.transfer_encodings or ()), value]
        elif kind == 4:
            self.connection = [*(self.connection or ()), value]
        elif kind == 5:
            self.upgrade = [*(self.upgrade or ()), value]
        elif kind == 6:
            self.expect = [*(self.expect or ()), value]
        elif kind == 8:
            self.forwarded = [*(self.forwarded or ()), line]

    def connection_options(self) -> frozenset[bytes]:
        """Return the options of Connection in lower case, and drop the fields that it names (RFC 9110 §7.6.1)."""
        if self.connection is None:
            return _NO_OPTIONS
        options = _OPTIONS[b",".join(self.connection)]
        named = options - _CONNECTION_WORDS - _NEVER_NAMED
        if named:
            self.lines = [line for line in self.lines if LOWER[line[: line.index(b":")]] not in named]
        return options


class _Options(dict[bytes, frozenset[bytes]]):
    """Remembers what Connection values mean; bounded."""

    limit = 256

    def __missing__(self, value: bytes) -> frozenset[bytes]:
        options = frozenset(option.strip(b" \t").lower() for option in value.split(b","))
        if len(self) < self.limit and len(value) <= 64:
            self[value] = options
        return options


_OPTIONS: Final = _Options()
_ANY_METHOD_LINE: Final = b"GET / HTTP/1.1"


class _Judge:
    """The protocol object that httptools wants; it asks for no callback."""

    __slots__ = ()


_JUDGE: Final = _Judge()


class RequestHeads(Head):
    """Parses request heads of one connection; one llhttp parser serves until a message has a body."""

    __slots__ = ("_parser",)

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(_JUDGE)

    def parse(self, head: bytes, *, line_end: int, known_method: bool) -> None:
        """Parse one whole head, with its empty line.

        The request line has been judged by `target.py` already. llhttp refuses methods it doesn't know, so those
        are judged with a line that it does know.
        """
        try:
            self._parser.feed_data(head if known_method else _ANY_METHOD_LINE + head[line_end:])
        except httptools.HttpParserUpgrade:
            self._parser = httptools.HttpRequestParser(_JUDGE)
        except httptools.HttpParserError as error:
            raise BadRequest(f"malformed request head: {error}", reason="malformed_head") from error
        self.split(head[line_end + 2 : -4])
        if self.lengths is not None or self.transfer_encodings is not None:
            self._parser = httptools.HttpRequestParser(_JUDGE)


class ResponseHeads(Head):
    """Parses response heads of one connection, each with a fresh llhttp parser (0.2 µs), so none expects a body."""

    __slots__ = ("status", "status_line", "version")

    def parse(self, head: bytes) -> None:
        """Parse one whole head, with its empty line."""
        line_end = head.index(b"\r\n")
        self.version, self.status, self.status_line = _STATUS_LINES[head[:line_end]]
        try:
            httptools.HttpResponseParser(_JUDGE).feed_data(head)
        except httptools.HttpParserUpgrade:
            pass
        except httptools.HttpParserError as error:
            raise BadUpstreamResponse(f"malformed response head: {error}", reason="malformed_head") from error
        self.split(head[line_end + 2 : -4])


_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?\Z")


class _StatusLines(dict[bytes, tuple[int, int, bytes]]):
    """Remembers status lines as (version, status, line to send on); bounded, because origins choose their phrases."""

    limit = 512

    def __missing__(self, line: bytes) -> tuple[int, int, bytes]:
        found = _STATUS_LINE.match(line)
        if found is None:
            raise BadUpstreamResponse(f"malformed status line: {line[:80]!r}", reason="malformed_status_line")
        parsed = (10 + int(found[1]), int(found[2]), b"HTTP/1.1 %b %b" % (found[2], found[3] or b""))
        if len(self) < self.limit and len(line) <= 64:
            self[line] = parsed
        return parsed


_STATUS_LINES: Final = _StatusLines()
