"""Paths as they are matched and forwarded: one spelling for each, or a refusal.

What a route matches is what the origin receives, so no spelling of `/admin` passes a rule on `/admin`. Whatever an
origin might still read otherwise than we do (an encoded slash, parameters on a dot segment) is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from proxy.errors import BadRequest


@dataclass(frozen=True, slots=True)
class PathRules:
    """What a listener lets a path hold.

    `encoded_slashes: keep` lets `%2F` and `%5C` pass, still encoded, for origins whose identifiers hold them.
    `merge_slashes: False` is for origins to which `//` and `/` are two paths.
    """

    encoded_slashes: Literal["refuse", "keep"] = "refuse"
    merge_slashes: bool = True


STRICT: Final = PathRules()

_FORBIDDEN = re.compile(r"[^!-~]|[#?\\]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_ENCODED_SLASH = re.compile(r"%2F|%5C")
# Tomcat and Spring strip parameters, and then see a dot segment, or an empty one.
_DOTS_WITH_PARAMETERS = re.compile(r"\.{0,2}(?:;|%3B)")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def normalise_path(path: str, rules: PathRules = STRICT) -> str:
    """Return the one spelling of a path (RFC 3986 §6.2.2): idempotent, and a fixed point for what it returns.

    Escapes of unreserved characters are decoded, once: `%252e` stays. Raises BadRequest for what has no safe reading.
    """
    if not path.startswith("/"):
        raise BadRequest("the path does not start with a slash", reason="target")
    if _FORBIDDEN.search(path):
        raise BadRequest("the path holds a character that must be percent-encoded", reason="target")
    if "%" in path:
        path = _ESCAPE.sub(_respell, path)
        _check_encoded_slashes(path, rules)
    if "/." in path or "//" in path or "/;" in path or "/%3B" in path:
        path = _resolve(path, rules.merge_slashes)
    return path


def _respell(escape: re.Match[str]) -> str:
    digits = escape[1]
    if digits is None:
        raise BadRequest("a % in the path lacks its two hexadecimal digits", reason="percent_encoding")
    if digits == "00":
        raise BadRequest("the path holds an encoded NUL", reason="percent_encoding")
    character = chr(int(digits, 16))
    return character if character in _UNRESERVED else f"%{digits.upper()}"


def _check_encoded_slashes(path: str, rules: PathRules) -> None:
    if not _ENCODED_SLASH.search(path):
        return
    if rules.encoded_slashes == "refuse":
        raise BadRequest("the path holds an encoded slash or backslash", reason="encoded_slash")
    for segment in path.split("/"):
        pieces = _ENCODED_SLASH.split(segment)
        if len(pieces) > 1 and any(piece in {".", ".."} or _DOTS_WITH_PARAMETERS.match(piece) for piece in pieces):
            raise BadRequest("a dot segment stands beside an encoded slash", reason="dot_segment")


def _resolve(path: str, merge_slashes: bool) -> str:
    """Remove dot segments (RFC 3986 §5.2.4), but refuse what climbs over the root instead of stopping there."""
    segments = path[1:].split("/")
    if segments[-1] in {".", ".."}:
        segments.append("")  # /a/. and /b/.. end as directories do
    last = segments.pop()
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            if not kept:
                raise BadRequest("the path escapes the root", reason="path_escapes_root")
            kept.pop()
        elif segment != "." and (segment or not merge_slashes):
            kept.append(_checked(segment))
    return "/" + "/".join([*kept, _checked(last)])


def _checked(segment: str) -> str:
    if _DOTS_WITH_PARAMETERS.match(segment):
        raise BadRequest("a dot segment or an empty one has parameters", reason="dot_segment")
    return segment
