"""Requests as `penstock waf test` reads them, for cases."""

from __future__ import annotations

FORM = "application/x-www-form-urlencoded"


def posted(body: str, content_type: str = FORM, *fields: str, target: str = "/") -> str:
    lines = [f"POST {target} HTTP/1.1", f"Content-Type: {content_type}", *fields, "", body]
    return "\n".join(lines)


def part(disposition: str, content: str, *fields: str) -> str:
    return "\n".join([f"Content-Disposition: form-data; {disposition}", *fields, "", content])


def multipart(*parts: str, boundary: str = "xyz", header: str = "boundary=xyz", before: str = "", end: str = "") -> str:
    """Post parts; `header` is what Content-Type has behind `multipart/form-data; `."""
    body = before + "".join(f"--{boundary}\n{each}\n" for each in parts) + f"--{boundary}--{end}"
    return posted(body, f"multipart/form-data; {header}")


def with_fields(*fields: str, target: str = "/", method: str = "GET") -> str:
    return "\n".join([f"{method} {target} HTTP/1.1", *fields, "", ""])


FILE = part('name="up"; filename="a.txt"', "hello", "Content-Type: text/plain")
FIELD = part('name="title"', "words")
TRUE = "1"
