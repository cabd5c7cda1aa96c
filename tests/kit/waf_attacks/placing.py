"""Puts a payload where an attacker would: into query, form, JSON, cookie, header, path or multipart body."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from kit.waf import Sent, requests_in

HERE = Path(__file__).parent
CLASSES = tuple(sorted(file.stem for file in (HERE / "payloads").glob("*.txt")))
AGENT = ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0")
_ACCEPT = ("Accept", "*/*")
_PICTURES = {0x2400 + code: code for code in range(32)}
"""Control characters are written as their pictures (U+2400 and following): ␊ is a line feed."""


def attacks(kind: str) -> Iterator[Sent]:
    """Make the requests of a class: each payload in the first of its places, and in another one, in turn."""
    if kind == "messages":
        yield from requests_in(HERE / "messages.jsonl")
        return
    head, *lines = (HERE / "payloads" / f"{kind}.txt").read_text().splitlines()
    places = head.removeprefix("# in: ").split()
    for number, line in enumerate(lines):
        payload = line.translate(_PICTURES)
        others = [place for place in places[1:] if _fits(place, payload)]
        chosen = [places[0], *others[number % len(others or [0]) :][:1]]
        for place in chosen:
            yield _placed(f"{kind}-{number + 1:03}-{place}", place, payload)


def _fits(place: str, payload: str) -> bool:
    """Say whether a place's reader sees the payload: escapes need one that decodes them, a header has no line ends."""
    if place.startswith("header:") and not payload.isprintable():
        return False
    return place in _DECODING or not _has_escapes(payload)


def _encoded(payload: str) -> str:
    """Percent-encode for a URL; what has escapes of its own keeps them, for that is its point."""
    return quote(payload, safe="%" if _has_escapes(payload) else "")


def _has_escapes(payload: str) -> bool:
    return any(
        payload[at + 1 : at + 3].strip("0123456789abcdefABCDEFu") == ""
        for at in range(len(payload) - 2)
        if payload[at] == "%"
    )


def _placed(name: str, place: str, payload: str) -> Sent:
    if place.startswith("header:"):
        return _in_header(name, place.removeprefix("header:"), payload)
    return _PLACES[place](name, payload)


def _in_query(name: str, payload: str) -> Sent:
    return Sent(name, "GET", f"/plays?page=1&q={_encoded(payload)}", (AGENT, _ACCEPT))


def _in_path(name: str, payload: str) -> Sent:
    return Sent(name, "GET", f"/plays/{_encoded(payload)}", (AGENT, _ACCEPT))


def _as_path(name: str, payload: str) -> Sent:
    return Sent(name, "GET", payload, (AGENT, _ACCEPT))


def _in_cookie(name: str, payload: str) -> Sent:
    return Sent(name, "GET", "/account", (AGENT, _ACCEPT, ("Cookie", f"theme=dark; basket={_encoded(payload)}")))


def _in_header(name: str, header: str, payload: str) -> Sent:
    value = payload.encode().decode("latin-1")
    kept = () if header == AGENT[0] else (AGENT,)
    return Sent(name, "GET", "/plays", (*kept, _ACCEPT, (header, value)))


def _in_form(name: str, payload: str) -> Sent:
    return _posted(
        name, "application/x-www-form-urlencoded", f"title=Hello&comment={_encoded(payload)}&stars=4".encode()
    )


def _in_json(name: str, payload: str) -> Sent:
    return _posted(
        name, "application/json", json.dumps({"title": "Hello", "items": [{"n": 1, "comment": payload}]}).encode()
    )


def _in_xml(name: str, payload: str) -> Sent:
    return _posted(name, "application/xml", payload.encode())


def _in_multipart(name: str, payload: str) -> Sent:
    head = 'Content-Disposition: form-data; name="comment"'
    return _posted(
        name, "multipart/form-data; boundary=weir", f"--weir\r\n{head}\r\n\r\n{payload}\r\n--weir--\r\n".encode()
    )


def _posted(name: str, kind: str, body: bytes) -> Sent:
    return Sent(name, "POST", "/reviews", (AGENT, _ACCEPT, ("Content-Type", kind)), body)


_PLACES: dict[str, Callable[[str, str], Sent]] = {
    "query": _in_query,
    "path": _in_path,
    "whole-path": _as_path,
    "cookie": _in_cookie,
    "form": _in_form,
    "json": _in_json,
    "xml": _in_xml,
    "multipart": _in_multipart,
}
_DECODING = frozenset({"form", "path"})
"""Places whose reader decodes percent-escapes, as the query's does."""
