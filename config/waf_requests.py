"""Reads requests from text files, for `penstock waf test`.

A file has messages as they go over the wire, `###` between two of them, or lines such as `GET /path?x=1` alone. What a
message lacks is completed: Host, Content-Length, the CRs at its lines' ends.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn, TypeAlias
from urllib.parse import quote_from_bytes

from proxy.errors import ClientError
from proxy.exchange import Client
from proxy.http1.intake import Intake, IntakeRules
from proxy.limits import Limits
from proxy.messages import Request
from proxy.path import STRICT

SEPARATOR: Final = b"###"
CLIENT: Final = Client("127.0.0.1", 50000, "test", local_address="127.0.0.1", local_port=8080)

_REQUEST: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S.*?)( HTTP/[0-9.]+)?")
_FIELD: Final = re.compile(rb"([^\s:]+):[ \t]*(.*)", re.DOTALL)
_WITH_BODY: Final = (b"POST", b"PUT", b"PATCH")
_PRINTABLE: Final = bytes(range(0x21, 0x7F))
_LINE: Final = re.compile(rb"[^\n]*\n|[^\n]+")
_LONGEST_EXCERPT: Final = 60
_RULES: Final = IntakeRules(Limits(), paths=STRICT)
_WAYS: Final = "write GET /path?x=1 alone on a line, or a message that begins GET /path?x=1 HTTP/1.1"
_FIELDS: Final = "write Name: value, and a blank line before a body"

Fields: TypeAlias = list[tuple[bytes, bytes]]


class BadRequests(ValueError):
    """What cannot be read as requests: names the file and the line, and what to do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, the file and line where it begins, its first line and what a comment calls it.

    `refusal` is there in the place of `request` for what a listener refuses, so that no filter ever sees it.
    """

    file: str
    line: int
    title: str
    text: str
    request: Request | None
    refusal: ClientError | None = None


def read_requests(file: pathlib.Path) -> list[Asked]:
    """Return a file's requests; raises BadRequests, also where there are none."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadRequests(f"cannot read {file}: {error.strerror}") from error
    return requests_in(str(file), data)


def requests_in(file: str, data: bytes) -> list[Asked]:
    """Return the requests in what a file holds; raises BadRequests."""
    requests = list(_Reading(file, data).requests())
    if not requests:
        raise BadRequests(f"{file}:1: there is no request; {_WAYS}")
    return requests


class _Reading:
    """The lines of a file, with their ends, and how many of them are read."""

    def __init__(self, file: str, data: bytes) -> None:
        self._file = file
        self._lines = _LINE.findall(data)
        self._read = 0

    def requests(self) -> Iterator[Asked]:
        title = b""
        for line in self._further():
            if line.startswith(SEPARATOR):
                title = line.strip(b"# \t\r\n")
            elif line.startswith(b"#"):
                title = title or line.strip(b"# \t\r\n")
            elif line.strip():
                yield self._request(line.strip(), _text(title))
                title = b""

    def _further(self) -> Iterator[bytes]:
        while self._read < len(self._lines):
            self._read += 1
            yield self._lines[self._read - 1]

    def _request(self, line: bytes, title: str) -> Asked:
        number, found = self._read, _REQUEST.fullmatch(line)
        if found is None:
            self._refuse(number, f"{_excerpt(line)} begins no request; {_WAYS}")
        method, target, version = found.groups()
        fields, body = ([], b"") if version is None else self._rest()
        if version is None:
            line = b"%b %b HTTP/1.1" % (method, quote_from_bytes(target, _PRINTABLE).encode())
        fields = self._completed(number, method, fields, body)
        head = b"".join([line, b"\r\n", *(b"%b: %b\r\n" % field for field in fields), b"\r\n"])
        return Asked(self._file, number, title, _text(found[0]), *_taken_in(head, body))

    def _rest(self) -> tuple[Fields, bytes]:
        """Read the fields of a message, and its body up to the separator, less the line ends before that."""
        fields: Fields = []
        for line in self._further():
            if line.startswith(SEPARATOR):
                self._read -= 1
                return fields, b""
            if not line.strip():
                break
            field = _FIELD.fullmatch(line.rstrip())
            if field is None:
                self._refuse(self._read, f"{_excerpt(line)} is no field; {_FIELDS}")
            fields.append((field[1], field[2]))
        return fields, self._body(fields)

    def _body(self, fields: Fields) -> bytes:
        begun = self._read
        for line in self._further():
            if line.startswith(SEPARATOR):
                self._read -= 1
                break
        body = b"".join(self._lines[begun : self._read]).rstrip(b"\r\n")
        if (_value(fields, b"content-type") or b"").lower().startswith(b"multipart/"):
            # RFC 2046 §4.1.1 wants CRLF. Where there are some, the file is about what else there is.
            return (body if b"\r\n" in body else body.replace(b"\n", b"\r\n")) + b"\r\n"
        return body

    def _completed(self, number: int, method: bytes, fields: Fields, body: bytes) -> Fields:
        if _value(fields, b"transfer-encoding") is not None:
            self._refuse(number, "the body is taken as it stands here; leave Transfer-Encoding out")
        length = _value(fields, b"content-length")
        if length is not None and length.isdigit() and int(length) != len(body):
            told = f"Content-Length is {_text(length)}, and the body has {len(body)} bytes"
            self._refuse(number, f"{told}; leave the field out, and it will be added")
        added: Fields = [] if _value(fields, b"host") is not None else [(b"Host", b"localhost")]
        if length is None and (body or method in _WITH_BODY):
            fields = [*fields, (b"Content-Length", b"%d" % len(body))]
        return added + fields

    def _refuse(self, line: int, message: str) -> NoReturn:
        raise BadRequests(f"{self._file}:{line}: {message}")


def _taken_in(head: bytes, body: bytes) -> tuple[Request | None, ClientError | None]:
    """Take a message in as a listener does."""
    try:
        request = Intake(_RULES, CLIENT).read(head)
    except ClientError as refusal:
        return None, refusal
    request.body = body or None
    return request, None


def _value(fields: Fields, name: bytes) -> bytes | None:
    return next((value for each, value in fields if each.lower() == name), None)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _excerpt(line: bytes) -> str:
    text = _text(line.strip())
    return repr(text if len(text) <= _LONGEST_EXCERPT else text[:_LONGEST_EXCERPT] + "…")
