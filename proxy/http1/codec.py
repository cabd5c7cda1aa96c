"""Message heads, judged by httptools (llhttp); nothing else knows that library.

Whole heads are fed, one message at a time: bodies are `framing.py`'s, so nothing behind a message is ever parsed before
its turn. What llhttp leaves open is settled here and by the callers: protocol and version, repeated or odd framing
fields, and what only a proxy cares about (hop-by-hop fields, RFC 9110 §7.6.1).

Peers repeat themselves. A client sends the same fields with each request, an origin the same with each answer of a
second, and most of their lines the same for much longer; so whole sections are remembered, and lines. A browser's
request of 16 fields is taken in for 1.2 µs if its section came before, for 10 if one line of it is new, for 16 if all
are. No line's validity depends on another's, so a section whose every line llhttp has passed is not shown to it again.
The memories are bounded and emptied when full, because peers choose what goes in.
"""

from __future__ import annotations

import contextlib
import re
from enum import IntEnum
from typing import Any, Final

import httptools

from proxy.errors import BadUpstreamResponse, ProxyError
from proxy.http1.framing import FramingError, content_length, is_chunked
from proxy.memory import Memory
from proxy.messages import NAME_OF

HEAD_END: Final = b"\r\n\r\n"


class Kind(IntEnum):
    """How a field is treated; PLAIN is forwarded as it came."""

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
# CGI and WSGI fold "-" and "_" into one name, so an alias would speak for the field that we set or judged.
_ALIASED: Final = frozenset(name.replace(b"-", b"_") for name in (*_SPECIAL, b"x-real-ip") if b"-" in name)


def kind_of(name: bytes) -> Kind:
    lower = name.lower()
    if b"_" in lower and lower.replace(b"-", b"_") in _ALIASED:
        return Kind.ALIAS
    return _SPECIAL.get(lower, Kind.PLAIN)


_KINDS: Final = Memory(kind_of, limit=1024, longest=64)

Field = tuple[Kind, Any]
"""A kind, and what a line of that kind says: a length, connection options, or the value."""


def _understand(line: bytes) -> Field | None:
    """Return what a line that llhttp has passed says, None where it is only forwarded; raises FramingError."""
    name, _, value = line.partition(b":")
    kind = _KINDS[name]
    if kind is Kind.PLAIN:
        return None
    value = value.strip(b" \t")
    if kind is Kind.LENGTH:
        return kind, content_length(value)
    if kind is Kind.TRANSFER_ENCODING:
        return kind, is_chunked(value)
    if kind is Kind.CONNECTION:
        return kind, frozenset(option.strip(b" \t").lower() for option in value.split(b","))
    return kind, (line if kind is Kind.FORWARDED else value)


_LINES: Final = Memory(_understand, limit=4096, longest=160)
"""What lines mean that llhttp has passed."""
_UNSEEN: Final[Field] = (Kind.PLAIN, None)
"""Stands for what no line is understood as."""
_CONNECTION_WORDS: Final = frozenset({b"close", b"keep-alive", b"upgrade", b""})
_NEVER_NAMED: Final = frozenset(
    {b"host", b"content-length", b"content-type", b"cache-control"}
    | {name for name, kind in _SPECIAL.items() if kind is Kind.FORWARDED}
)


class Fields:
    """What a header section says. Shared between messages, so nobody changes it.

    `lines` are to be forwarded, `count` is how many came. `length` and `chunked` frame the body; `options` are those
    of Connection. The others are values as received, `forwarded` whole lines.
    """

    __slots__ = ("chunked", "count", "expect", "forwarded", "hosts", "length", "lines", "options", "upgrades")

    def __init__(self, lines: list[bytes], special: list[tuple[bytes, Field]]) -> None:
        self.lines, self.count = lines, len(lines)
        self.length: int | None = None
        self.chunked = False
        self.options: frozenset[bytes] = frozenset()
        self.hosts: list[bytes] = []
        self.upgrades: list[bytes] = []
        self.expect: list[bytes] = []
        self.forwarded: list[bytes] = []
        for line, field in special:
            lines.remove(line)
            self._heed(*field)
        if self.chunked and self.length is not None:
            raise FramingError("Content-Length beside Transfer-Encoding")
        if self.options:
            self._drop_named()

    def _heed(self, kind: Kind, said: Any) -> None:
        match kind:
            case Kind.LENGTH:
                if self.length is not None:
                    raise FramingError("more than one Content-Length")
                self.length = said
            case Kind.TRANSFER_ENCODING:
                if self.chunked:
                    raise FramingError("more than one Transfer-Encoding")
                self.chunked = said
            case Kind.CONNECTION:
                self.options |= said
            case Kind.HOST:
                self.hosts.append(said)
            case Kind.UPGRADE:
                self.upgrades.append(said)
            case Kind.EXPECT:
                self.expect.append(said)
            case Kind.FORWARDED:
                self.forwarded.append(said)

    def _drop_named(self) -> None:
        """Drop the fields that Connection names (RFC 9110 §7.6.1)."""
        named = self.options - _CONNECTION_WORDS - _NEVER_NAMED
        if named:
            self.lines = [line for line in self.lines if NAME_OF[line] not in named]


class _NoCallbacks:
    """The protocol object that httptools wants; it is told of nothing."""

    __slots__ = ()


_NO_CALLBACKS: Final = _NoCallbacks()


def _judge(section: bytes) -> None:
    """Let llhttp judge a section, behind a request line that it knows and with a parser that expects no body after.

    First lines are judged by `target.py` and below: llhttp takes other protocols and versions for HTTP, and refuses
    methods that a route may allow.
    """
    with contextlib.suppress(httptools.HttpParserUpgrade):
        httptools.HttpRequestParser(_NO_CALLBACKS).feed_data(b"GET / HTTP/1.1\r\n%b\r\n\r\n" % section)


def _take_apart(section: bytes) -> Fields:
    """Judge and sort the lines of a section; raises HttpParserError or FramingError."""
    lines = section.split(b"\r\n")
    special = [(line, field) for line in lines if (field := _LINES.get(line, _UNSEEN)) is not None]
    if any(field is _UNSEEN for _, field in special):
        _judge(section)
        special = [(line, field) for line, _ in special if (field := _LINES[line]) is not None]
    return Fields(lines, special)


_SECTIONS: Final = Memory(_take_apart, limit=256, longest=1024)
"""What whole sections say."""
_EMPTY: Final = Fields([], [])


def parse_fields(head: bytes, line_end: int, at_fault: type[ProxyError]) -> Fields:
    """Parse the fields of one whole head, with its empty line, whose first line ends at `line_end`.

    Raises `at_fault`: BadRequest or BadUpstreamResponse.
    """
    section = head[line_end + 2 : -4]
    if not section:
        return _EMPTY
    try:
        return _SECTIONS[section]
    except httptools.HttpParserError as error:
        raise at_fault(f"malformed fields: {error}", reason="malformed_head") from error
    except FramingError as error:
        raise at_fault(str(error), reason="framing") from error


def parse_response_head(head: bytes) -> tuple[int, int, bytes, Fields]:
    """Parse one whole response head, with its empty line, to (version, status, status line to send on, fields).

    Raises BadUpstreamResponse.
    """
    line_end = head.index(b"\r\n")
    version, status, line = _STATUS_LINES[head[:line_end]]
    return version, status, line, parse_fields(head, line_end, BadUpstreamResponse)


_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?\Z")


def _parse_status_line(line: bytes) -> tuple[int, int, bytes]:
    found = _STATUS_LINE.match(line)
    if found is None:
        raise BadUpstreamResponse(f"malformed status line: {line[:80]!r}", reason="malformed_status_line")
    return 10 + int(found[1]), int(found[2]), b"HTTP/1.1 %b %b" % (found[2], found[3] or b"")


_STATUS_LINES: Final = Memory(_parse_status_line, limit=512, longest=64)


def forget() -> None:
    """Empty the memories of lines and sections, to measure and test what a first sight costs."""
    _SECTIONS.clear()
    _LINES.clear()
