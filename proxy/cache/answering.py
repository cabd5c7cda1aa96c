"""Answers made of what is stored: whole, in part, or word that the client has it already."""

from __future__ import annotations

from typing import Final

from proxy.body import Body
from proxy.cache.asked import Asked
from proxy.cache.fill import Fill, Slice
from proxy.cache.ranges import Part, multipart
from proxy.cache.selection import WHOLE, Failed, NotModified, Parts, Selection, Unsatisfiable, selected_part
from proxy.cache.stored import Stored
from proxy.http1.writing import status_line
from proxy.messages import NAME_OF, Headers, Response, value_of

IN_304: Final = frozenset(
    b"cache-control content-location date etag expires vary last-modified age cache-status cdn-cache-control".split()
)
"""The fields that a 304 repeats (RFC 9110 §15.4.5); Last-Modified is one where there is no entity tag."""


def prepared(stored: Stored) -> bytes:
    """Return the head of the plain answer up to its Age; b"" where it is not the usual 200."""
    if stored.status != 200:
        return b""
    return b"\r\n".join((stored.status_line or status_line(200), *stored.lines, b""))


def forwarded(response: Response, cache_status: bytes) -> Response:
    """Say in an origin's response what the cache did; that of a cache behind us stands before it (RFC 9211 §2)."""
    response.headers.append(b"cache-status", cache_status)
    return response


def gateway_timeout(cache_status: bytes) -> Response:
    """Answer `only-if-cached` where nothing is (RFC 9111 §5.2.1.7)."""
    text = "Nothing suitable is stored, and the request wants nothing else.\n"
    return forwarded(Response.text(504, text), cache_status)


def from_store(
    asked: Asked, stored: Stored, now: float, cache_status: bytes, body: bytes | Fill | None = None
) -> Response:
    """Answer with a stored response, as the request's conditions and range want it.

    `body` takes the place of the stored one where that is still coming: a fill, of which all is still there.
    """
    content = stored.body if body is None else body
    length = len(content) if isinstance(content, bytes) else content.length
    selection: Selection = WHOLE
    if not asked.plain:
        selection = _selection(asked, stored, length, coming=not isinstance(content, bytes))
    lines = [*stored.lines, b"Age: %d" % max(0, int(now - stored.born)), cache_status]
    match selection:
        case NotModified():
            return Response(304, Headers([line for line in lines if NAME_OF[line] in IN_304]))
        case Failed():
            return Response(412, Headers([cache_status]))
        case Unsatisfiable():
            return Response(416, Headers([b"Content-Range: " + selection.content_range, cache_status]))
        case Part():
            return _part(lines, selection, content, length or 0)
        case Parts() if isinstance(content, bytes):  # Of a body still coming, several ranges are the whole.
            return _parts(lines, selection, content)
    return Response(stored.status, Headers(lines), _opened(content), stored.status_line)


def _selection(asked: Asked, stored: Stored, length: int | None, *, coming: bool) -> Selection:
    """Judge conditions and range; a range may be answered with the whole (RFC 9110 §14.2).

    That is done with several parts of a body that is still coming, and with any if its length is not known yet.
    """
    selection = selected_part(stored, length or 0, asked)
    if length is None and not isinstance(selection, NotModified | Failed):
        return WHOLE
    return WHOLE if coming and isinstance(selection, Parts) else selection


def _opened(content: bytes | Fill) -> bytes | Body:
    return content if isinstance(content, bytes) else content.reader()


def _part(lines: list[bytes], part: Part, content: bytes | Fill, length: int) -> Response:
    body: bytes | Body
    if isinstance(content, bytes):
        body = content[part.first : part.last + 1]
    else:
        body = Slice(content.reader(), part.first, part.last)
    return Response(206, Headers([*lines, b"Content-Range: " + part.content_range(length)]), body)


def _parts(lines: list[bytes], parts: Parts, content: bytes) -> Response:
    types = [value_of(line) for line in lines if NAME_OF[line] == b"content-type"]
    several = multipart(content, parts.parts, types[0] if types else None)
    kept = [line for line in lines if NAME_OF[line] != b"content-type"]
    return Response(206, Headers([*kept, b"Content-Type: " + several.content_type]), several.content)
