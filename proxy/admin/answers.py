"""What the admin answers with: JSON, refusals that name the remedy, and the fields that every answer has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import hdrs, web

FIELDS: Final = {
    hdrs.SERVER: "penstock",
    hdrs.CACHE_CONTROL: "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""No version, nothing kept by caches, nothing that another site's page may show, frame or guess at."""

FAILED: Final = "this failed; Penstock's standard error says why"


class Refused(Exception):
    """A call that is refused, with what to do instead; `more` stands in the JSON beside `error`."""

    def __init__(self, status: int, error: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(error)
        self.status, self.error, self.headers, self.more = status, error, headers or {}, more

    def answer(self) -> web.Response:
        return json_answer({"error": self.error, **self.more}, status=self.status, headers=self.headers)


def json_answer(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    body = text.encode("utf-8", "backslashreplace")  # A lone surrogate, of a path, say, has no UTF-8.
    return web.Response(body=body, status=status, content_type="application/json", charset="utf-8", headers=headers)


def dress(answer: web.StreamResponse) -> None:
    """Give an answer the fields that it lacks."""
    for name, value in FIELDS.items():
        answer.headers.setdefault(name, value)
