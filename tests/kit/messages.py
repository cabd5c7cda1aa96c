"""HTTP/1 messages as the tests see them: a strict parser of its own, sharing nothing with the proxy's."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_REQUEST_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([!-~]+) HTTP/1\.[01]")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)")
_VISIBLE = rb"[\x21-\x7e\x80-\xff]"
_FIELD = re.compile(
    rb"([!#$%%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*((?:%b(?:[\t\x20-\x7e\x80-\xff]*%b)?)?)[ \t]*" % (_VISIBLE, _VISIBLE)
)
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,15})\r\n")


class NotHttp(AssertionError):
    """What was written is no well-formed, unambiguous message."""


@dataclass(slots=True)
class Message:
    """One message, whole: `start` is the request or status line without its CRLF, `body` is free of its framing."""

    start: bytes
    fields: list[tuple[str, str]]
    body: bytes = b""
    trailers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def method(self) -> str:
        return self.start.split(b" ")[0].decode()

    @property
    def target(self) -> str:
        return self.start.split(b" ")[1].decode()

    @property
    def status(self) -> int:
        return int(self.start.split(b" ")[1])

    def all(self, name: str) -> list[str]:
        return [value for each, value in self.fields if each.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        """Return the only line of a field, or None; repeated fields are a failure."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} is repeated: {values}"
        return values[0] if values else None

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))


def parse_head(head: bytes) -> Message:
    """Parse a head without its empty line; raises NotHttp for anything that RFC 9112 does not allow."""
    start, *lines = head.split(b"\r\n")
    if not (_REQUEST_LINE.fullmatch(start) or _STATUS_LINE.fullmatch(start)):
        raise NotHttp(f"start line {start!r}")
    return Message(start, [_field(line) for line in lines])


def _field(line: bytes) -> tuple[str, str]:
    found = _FIELD.fullmatch(line)
    if found is None:
        raise NotHttp(f"field line {line!r}")
    return found[1].decode("latin-1"), found[2].decode("latin-1")


def take_message(data: bytes, *, to: str = "GET", ended: bool = False) -> tuple[Message, int] | None:
    """Return the first message and its size in bytes, or None while it is incomplete.

    `to` is the method of the request that a response answers; `ended` says that no byte will follow.
    """
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    message = parse_head(data[:end])
    at = end + 4
    codings, length = message.get("Transfer-Encoding"), message.get("Content-Length")
    is_response = message.start.startswith(b"HTTP/")
    if is_response and (to == "HEAD" or message.status in (204, 304) or message.status < 200):
        return message, at
    if codings is not None:
        return _take_chunked(message, codings, length, data, at)
    if length is not None:
        return _take_length(message, length, data, at)
    if not is_response:
        return message, at
    message.body = data[at:]
    return (message, len(data)) if ended else None


def _take_length(message: Message, length: str, data: bytes, at: int) -> tuple[Message, int] | None:
    if not re.fullmatch(r"[0-9]{1,19}", length):
        raise NotHttp(f"Content-Length {length!r}")
    end = at + int(length)
    message.body = data[at:end]
    return (message, end) if len(data) >= end else None


def _take_chunked(
    message: Message, codings: str, length: str | None, data: bytes, at: int
) -> tuple[Message, int] | None:
    if codings.lower() != "chunked" or length is not None:
        raise NotHttp(f"Transfer-Encoding {codings!r} with Content-Length {length!r}")
    pieces = []
    while True:
        found = _CHUNK.match(data, at)
        if found is None:
            if b"\r\n" in data[at : at + 20]:
                raise NotHttp(f"chunk {data[at : at + 20]!r}")
            return None
        size, at = int(found[1], 16), found.end()
        if size == 0:
            break
        if len(data) < at + size + 2:
            return None
        if data[at + size : at + size + 2] != b"\r\n":
            raise NotHttp("chunk data without CRLF")
        pieces.append(data[at : at + size])
        at += size + 2
    end = data.find(b"\r\n", at)
    while end > at:
        message.trailers.append(_field(data[at:end]))
        at, end = end + 2, data.find(b"\r\n", end + 2)
    message.body = b"".join(pieces)
    return (message, at + 2) if end == at else None


def complete_messages(data: bytes) -> tuple[list[Message], bytes]:
    """Return the whole requests in a record of bytes, and what is left: an unfinished one, or nothing."""
    messages = []
    while (taken := take_message(data)) is not None:
        message, size = taken
        messages.append(message)
        data = data[size:]
    return messages, data
