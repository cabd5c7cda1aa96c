"""CDN-Cache-Control, which speaks to caches before an origin in place of Cache-Control (RFC 9213).

It is a Structured Field, a Dictionary (RFC 9651 §3.2), and counts for nothing where it is not a valid one. It is
forwarded to clients and further caches, as §3 of RFC 9213 has it for shared caches of the same kind on the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from proxy.cache.directives import DURATIONS, CacheControl, Directive, gathered

_KEY = rb"[a-z*][a-z0-9_.*\-]*"
_INTEGER = rb"-?[0-9]{1,15}(?![0-9.])"
_STRING = rb'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"'
_TOKEN = rb"[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*"
_DECIMAL = rb"-?[0-9]{1,12}\.[0-9]{1,3}(?![0-9.])"
_DISPLAY_STRING = rb'%"(?:[\x20\x21\x23\x24\x26-\x7e]|%[0-9a-f]{2})*"'
_OTHER = rb"%b|:[A-Za-z0-9+/=]*:|@%b|%b" % (_DECIMAL, _INTEGER, _DISPLAY_STRING)
_BARE = rb"(?:%b|%b|%b|\?[01]|%b)" % (_INTEGER, _STRING, _TOKEN, _OTHER)
_PARAMETERS = rb"(?:;\x20*%b(?:=%b)?)*" % (_KEY, _BARE)
_ITEM = _BARE + _PARAMETERS
_INNER_LIST = rb"\(\x20*(?:%b(?:\x20+%b)*\x20*)?\)" % (_ITEM, _ITEM)
_MEMBER: Final = re.compile(
    rb"(?P<key>%b)(?:=(?:(?P<integer>%b)|(?P<string>%b)|(?P<token>%b)|(?P<boolean>\?[01])|(?P<other>%b|%b)))?%b"
    % (_KEY, _INTEGER, _STRING, _TOKEN, _OTHER, _INNER_LIST, _PARAMETERS)
)
_COMMA: Final = re.compile(rb"[ \t]*,[ \t]*(?!\Z)")


def targeted_control(values: list[bytes]) -> CacheControl | None:
    """Read the values of all lines; None where there are none, or no valid and non-empty ones (RFC 9213 §2.2).

    A duration that is not an Integer makes the whole field invalid: a lifetime must not be lost from it unnoticed.
    """
    if not values:
        return None
    try:
        directives = list(_directives(b", ".join(values).strip(b" ")))
    except ValueError:
        return None
    return gathered(directives) if directives else None


def _directives(value: bytes) -> Iterator[Directive]:
    """Yield the members; parameters are ignored (RFC 9213 §2.1). Raises ValueError for what is no Dictionary."""
    latest: dict[bytes, Directive | None] = {}  # Of two members with one key the last counts (RFC 9651 §4.2.2).
    at = 0
    while at < len(value):
        found = _MEMBER.match(value, at)
        if found is None:
            raise ValueError("not a member of a Dictionary")
        latest[found["key"]] = _directive(found)
        at = found.end()
        if at < len(value):
            comma = _COMMA.match(value, at)
            if comma is None:
                raise ValueError("no comma between members")
            at = comma.end()
    yield from filter(None, latest.values())


def _directive(found: re.Match[bytes]) -> Directive | None:
    key = found["key"]
    if key in DURATIONS and found["integer"] is None:
        raise ValueError("not an Integer")
    if found["boolean"] == b"?0":
        return None
    if found["string"] is not None:
        return key, re.sub(rb"\\(.)", rb"\1", found["string"][1:-1])
    return key, found["integer"] or found["token"]
