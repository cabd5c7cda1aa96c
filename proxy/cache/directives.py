"""Cache-Control, of requests and of responses (RFC 9111 §5.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from proxy.cache.fields import LONGEST_S, is_token, members, seconds
from proxy.memory import Memory

_DIRECTIVE: Final = re.compile(
    rb"""(?P<name>[!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^"\s]+))\Z)?""",
    re.DOTALL,
)
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)

Directive: TypeAlias = tuple[bytes, bytes | None]
"""A lower-case name and its argument."""

DURATIONS: Final = frozenset(b"max-age s-maxage min-fresh max-stale stale-while-revalidate stale-if-error".split())
_QUALIFIED: Final = frozenset((b"no-cache", b"private"))


@dataclass(frozen=True, slots=True)
class CacheControl:
    """What the directives say that this cache knows; durations in seconds.

    `no_cache` and `private` are those without field names; `unstored` are the lower-case names of the fields that
    their qualified forms list (§5.2.2.4, §5.2.2.7).
    """

    max_age: int | None = None
    s_maxage: int | None = None
    min_fresh: int | None = None
    max_stale: int | None = None
    stale_while_revalidate: int | None = None
    stale_if_error: int | None = None
    no_store: bool = False
    no_cache: bool = False
    private: bool = False
    public: bool = False
    must_revalidate: bool = False
    proxy_revalidate: bool = False
    must_understand: bool = False
    only_if_cached: bool = False
    unstored: frozenset[bytes] = frozenset()


SILENT: Final = CacheControl()
"""Says nothing."""


def cache_control(values: list[bytes]) -> CacheControl:
    """Read the values of all lines of Cache-Control."""
    return _KNOWN[values[0] if len(values) == 1 else b",".join(values)] if values else SILENT


def gathered(directives: Iterable[Directive]) -> CacheControl:
    """Put directives together. The first of several durations counts (§4.2.1), and an invalid one is zero: stale."""
    durations: dict[bytes, int] = {}
    flags: set[bytes] = set()
    unstored: set[bytes] = set()
    for name, argument in directives:
        if name in DURATIONS:
            durations.setdefault(name, _duration(name, argument))
        elif name in _QUALIFIED and (names := _field_names(argument)):
            unstored |= names
        else:
            flags.add(name)
    return CacheControl(
        max_age=durations.get(b"max-age"),
        s_maxage=durations.get(b"s-maxage"),
        min_fresh=durations.get(b"min-fresh"),
        max_stale=durations.get(b"max-stale"),
        stale_while_revalidate=durations.get(b"stale-while-revalidate"),
        stale_if_error=durations.get(b"stale-if-error"),
        no_store=b"no-store" in flags,
        no_cache=b"no-cache" in flags,
        private=b"private" in flags,
        public=b"public" in flags,
        must_revalidate=b"must-revalidate" in flags,
        proxy_revalidate=b"proxy-revalidate" in flags,
        must_understand=b"must-understand" in flags,
        only_if_cached=b"only-if-cached" in flags,
        unstored=frozenset(unstored),
    )


def _duration(name: bytes, argument: bytes | None) -> int:
    if argument is None and name == b"max-stale":  # Any age will do (§5.2.1.2).
        return LONGEST_S
    return seconds(argument) or 0


def _field_names(argument: bytes | None) -> set[bytes]:
    """Return the names listed; none, which is the unqualified form, where the list is not one of names."""
    names = {name.strip(b" \t").lower() for name in (argument or b"").split(b",")} - {b""}
    return names if all(map(is_token, names)) else set()


def _read(value: bytes) -> CacheControl:
    return gathered(_directive(found) for member in members(value) if (found := _DIRECTIVE.match(member)))


def _directive(found: re.Match[bytes]) -> Directive:
    """Keep the name of what is malformed behind it: `no-store;` forbids, `max-age =60` is an invalid lifetime."""
    quoted = found["quoted"]
    argument = found["token"] if quoted is None else _ESCAPED.sub(rb"\1", quoted)
    return found["name"].lower(), argument


_KNOWN: Final = Memory(_read, limit=4096, longest=256)
