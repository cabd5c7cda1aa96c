"""The values of the fields that a cache reads: lists, numbers, entity tags, tags.

Cache-Control is in directives.py, CDN-Cache-Control in targeted.py, dates in dates.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from proxy.memory import Memory

LONGEST_S: Final = 2**31
"""What a number of seconds too large to be held counts as (RFC 9111 §1.2.2)."""
MOST_TAGS: Final = 1_000
LONGEST_TAG: Final = 1_024

_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_MEMBER: Final = re.compile(rb'[^",]*(?:"(?:[^"\\]|\\.)*"[^",]*)*', re.DOTALL)
_ENTITY_TAG: Final = re.compile(rb'(?:W/)?"[^"]*"|[^\s,]+')


def members(value: bytes) -> Iterator[bytes]:
    """Split a list at the commas outside quoted strings (RFC 9110 §5.6.1); empty members are among the yield.

    A quoted string without an end is none: else one stray quote would hide a `no-store` after it.
    """
    at = 0
    while at <= len(value):
        found = _MEMBER.match(value, at)
        assert found is not None
        end = found.end()
        if value[end : end + 1] == b'"':
            yield from (member.strip(b" \t") for member in value[at:].split(b","))
            return
        yield value[at:end].strip(b" \t")
        at = end + 1


def is_token(value: bytes) -> bool:
    return _TOKEN.match(value) is not None


def seconds(digits: bytes | None) -> int | None:
    """Return delta-seconds (RFC 9111 §1.2.2), at most 2^31; None for what is not a non-negative integer."""
    if digits is None or not digits.isdigit():
        return None
    return LONGEST_S if len(digits.lstrip(b"0")) > len(str(LONGEST_S)) else min(int(digits), LONGEST_S)


def age(values: list[bytes]) -> int:
    """Return the Age that a response states; the first member counts, an invalid one is ignored (RFC 9111 §5.1)."""
    return seconds(values[0].partition(b",")[0].strip(b" \t")) or 0 if values else 0


def vary(values: list[bytes]) -> tuple[bytes, ...] | None:
    """Return the lower-case names of the selecting fields in alphabetical order, None where no request matches: `*`.

    A member that is no field name is taken for `*` too: nobody knows what it meant.
    """
    return _VARY[b",".join(values)] if values else ()


def _vary(value: bytes) -> tuple[bytes, ...] | None:
    names = {member.lower() for member in members(value)} - {b""}
    if b"*" in names or not all(map(is_token, names)):
        return None
    return tuple(sorted(names))


_VARY: Final = Memory(_vary, limit=4096, longest=256)


def weakly_equal(one: bytes, other: bytes) -> bool:
    """Compare two entity tags, weak or not (RFC 9110 §8.8.3.2)."""
    return one.removeprefix(b"W/") == other.removeprefix(b"W/")


def strongly_equal(one: bytes, other: bytes) -> bool:
    return one == other and one.startswith(b'"')


def entity_tags(value: bytes) -> list[bytes]:
    """Return the entity tags of If-None-Match or If-Match as they stand; unquoted ones too, which some origins send."""
    return _ENTITY_TAG.findall(value)


def tags(surrogate_key: list[bytes], cache_tag: list[bytes]) -> tuple[str, ...] | None:
    """Return the tags that purges name: apart by spaces in Surrogate-Key, by commas in Cache-Tag.

    None where there are too many or too long ones; a tag left out would be a purge that misses.
    """
    found = {tag for value in surrogate_key for tag in value.split()}
    found |= {tag.strip(b" \t") for value in cache_tag for tag in value.split(b",")} - {b""}
    if len(found) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in found):
        return None
    return tuple(sorted(tag.decode("latin-1") for tag in found))
