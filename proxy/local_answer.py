"""Answers that the proxy makes itself: a status, an id, and nothing about its insides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proxy.http1.writing import PHRASES, date
from proxy.messages import Headers, Response


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What to send for a status in place of the plain line; `{id}` in the body becomes the exchange's id."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"


def local_answer(status: int, exchange_id: str, pages: Mapping[int, ErrorPage]) -> Response:
    page = pages.get(status)
    if page is None:
        phrase = PHRASES.get(status, b"Error")
        page = ErrorPage(b"%d %b\nid: {id}\n" % (status, phrase), "text/plain; charset=utf-8")
    headers = Headers(
        [
            b"Date: " + date(),
            b"Content-Type: " + page.content_type.encode("latin-1"),
            b"Cache-Control: no-store",
            b"X-Request-Id: " + exchange_id.encode(),
        ]
    )
    if status in (429, 503):
        headers.lines.append(b"Retry-After: 1")
    return Response(status, headers, page.body.replace(b"{id}", exchange_id.encode()))
