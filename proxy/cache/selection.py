"""What of a stored response answers a request with conditions or a range (RFC 9110 §13, §14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from proxy.cache.asked import Asked
from proxy.cache.dates import parse_date
from proxy.cache.fields import entity_tags, strongly_equal, weakly_equal
from proxy.cache.ranges import Part, wanted_parts
from proxy.cache.stored import Stored
from proxy.messages import Headers


@dataclass(frozen=True, slots=True)
class Whole:
    """All of it, with its own status."""


@dataclass(frozen=True, slots=True)
class NotModified:
    """304: the client has it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """206 with several parts."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """416: no byte that was asked for is there."""

    length: int

    @property
    def content_range(self) -> bytes:
        return b"bytes */%d" % self.length


@dataclass(frozen=True, slots=True)
class Failed:
    """412: a condition does not hold."""


Selection: TypeAlias = Whole | NotModified | Part | Parts | Unsatisfiable | Failed

WHOLE: Final = Whole()
_NOT_MODIFIED: Final = NotModified()
_FAILED: Final = Failed()


def selected_part(stored: Stored, length: int, asked: Asked) -> Selection:
    """Decide in the order of RFC 9110 §13.2.2; `length` is that of the whole body.

    Conditions count only where the answer would be a success (§13.2.1), ranges only for 200. If-Match and
    If-Unmodified-Since are for origin servers, and a gateway is one to its clients (§3.7).
    """
    if asked.plain or not 200 <= stored.status <= 299:
        return WHOLE
    if not _precondition_holds(stored, asked):
        return _FAILED
    if _is_unchanged(stored, asked):
        return _NOT_MODIFIED
    if asked.range is not None and stored.status == 200 and _range_applies(stored, asked):
        return _ranged(asked.range, length)
    return WHOLE


def _precondition_holds(stored: Stored, asked: Asked) -> bool:
    if asked.if_match is not None:
        tags = entity_tags(asked.if_match)
        return tags == [b"*"] or (stored.etag is not None and any(strongly_equal(tag, stored.etag) for tag in tags))
    since = _date(asked.if_unmodified_since, stored)
    modified = _last_modified(stored)
    return since is None or modified is None or modified <= since


def _is_unchanged(stored: Stored, asked: Asked) -> bool:
    """If-Modified-Since counts only where there is no If-None-Match."""
    if asked.if_none_match is not None:
        tags = entity_tags(asked.if_none_match)
        return tags == [b"*"] or (stored.etag is not None and any(weakly_equal(tag, stored.etag) for tag in tags))
    since = _date(asked.if_modified_since, stored)
    modified = _last_modified(stored)
    return since is not None and modified is not None and modified <= since


def _range_applies(stored: Stored, asked: Asked) -> bool:
    """If-Range wants a strong validator (§13.1.5): a date is one if the response is a second younger (§8.8.2.2)."""
    condition = asked.if_range
    if condition is None:
        return True
    if condition.startswith((b'"', b"W/")):
        return stored.etag is not None and strongly_equal(condition, stored.etag)
    modified, date = _date(stored.last_modified, stored), _response_date(stored)
    return condition == stored.last_modified and modified is not None and date is not None and modified < date


def _ranged(value: bytes, length: int) -> Selection:
    parts = wanted_parts(value, length)
    if parts is None:
        return WHOLE
    if not parts:
        return Unsatisfiable(length)
    return parts[0] if len(parts) == 1 else Parts(tuple(parts))


def _last_modified(stored: Stored) -> int | None:
    """Return Last-Modified, in its place Date (RFC 9111 §4.3.2)."""
    return _response_date(stored) if stored.last_modified is None else _date(stored.last_modified, stored)


def _response_date(stored: Stored) -> int | None:
    return _date(Headers(stored.lines).find(b"date"), stored)


def _date(value: bytes | None, stored: Stored) -> int | None:
    return None if value is None else parse_date(value, stored.born)
