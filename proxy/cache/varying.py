"""Which stored response a request selects by the fields that Vary names (RFC 9111 §4.1)."""

from __future__ import annotations

from typing import Final

from proxy.cache.fields import members
from proxy.cache.stored import Stored
from proxy.memory import Memory
from proxy.messages import Headers

_OPAQUE: Final = frozenset(b"authorization cookie referer user-agent".split())
"""Not lists: a space after a comma may mean something there."""
_UNORDERED: Final = frozenset(b"accept-charset accept-encoding accept-language".split())
"""Lists whose order says nothing and whose case neither: weights do (RFC 9110 §12.5.4 warns not to rely on order)."""


def matches(stored: Stored, headers: Headers) -> bool:
    """Tell whether a request selects this response."""
    return not stored.vary or selected(stored.vary, headers) == stored.variant


def selected(vary: tuple[bytes, ...], headers: Headers) -> tuple[bytes | None, ...]:
    """Return what a request says in the fields named, in one spelling; None for an absent one, which is not empty."""
    return tuple([_said(name, headers) for name in vary])


def _said(name: bytes, headers: Headers) -> bytes | None:
    value = headers.find(name)
    if value is None:
        return None
    if headers.names().count(name) > 1:
        value = b", ".join(headers.values(name))
    if name in _OPAQUE:
        return value
    return _SORTED[value] if name in _UNORDERED else _SPACED[value]


def _spaced(value: bytes) -> bytes:
    return b",".join(members(value))


def _sorted(value: bytes) -> bytes:
    return b",".join(sorted(map(_trimmed, value.lower().split(b","))))


def _trimmed(weighted: bytes) -> bytes:
    """Take away spaces where they say nothing: `d e` is no `de`, and an origin answers it otherwise."""
    return b";".join([part.strip(b" \t") for part in weighted.split(b";")])


_SPACED: Final = Memory(_spaced, limit=4096, longest=256)
_SORTED: Final = Memory(_sorted, limit=4096, longest=256)
