"""What a request says to a cache: its directives, its conditions, its range."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from proxy.cache.directives import SILENT, CacheControl, cache_control
from proxy.cache.policy import Policy
from proxy.messages import Request, value_of

CONDITIONAL: Final = frozenset(b"if-match if-none-match if-modified-since if-unmodified-since if-range range".split())
"""Conditions and ranges of one client: taken out before a fetch whose response is for all."""
SPEAKING: Final = CONDITIONAL | {b"cache-control", b"pragma"}
"""All fields of a request that a cache heeds."""
_NO_CACHE: Final = CacheControl(no_cache=True)


@dataclass(slots=True)  # Nobody changes it; to freeze it would cost 1.5 µs each time.
class Asked:
    """`authorized` tells that the client sent Authorization; conditions and range are field values, None if absent.

    `plain` tells that a fresh response is to be served whole, as it is, without a further look.
    """

    method: str
    to_head: bool
    authorized: bool
    directives: CacheControl = SILENT
    if_none_match: bytes | None = None
    if_modified_since: bytes | None = None
    if_match: bytes | None = None
    if_unmodified_since: bytes | None = None
    if_range: bytes | None = None
    range: bytes | None = None
    plain: bool = False

    @property
    def unconditional(self) -> bool:
        """Whether all of a response is wanted, whatever it is."""
        conditions = self.if_none_match, self.if_modified_since, self.if_match, self.if_unmodified_since
        return self.plain or (self.range is None and not any(conditions))


def asked(request: Request, policy: Policy) -> Asked:
    """Read a request; cheap where it has none of these fields, as most have."""
    headers = request.headers
    if SPEAKING.isdisjoint(headers.names()):
        return _plain(request.method, request.to_head, request.authorized)
    said: dict[bytes, bytes] = {}
    for name, line in zip(headers.names(), headers.lines, strict=True):
        if name in SPEAKING:
            value = value_of(line)
            said[name] = b"%b, %b" % (said[name], value) if name in said else value
    has_range = request.method == "GET" and not request.to_head  # It is defined for GET alone (RFC 9110 §14.2).
    return Asked(
        request.method,
        request.to_head,
        request.authorized,
        _directives(said) if policy.client_directives else SILENT,
        if_none_match=said.get(b"if-none-match"),
        if_modified_since=said.get(b"if-modified-since"),
        if_match=said.get(b"if-match"),
        if_unmodified_since=said.get(b"if-unmodified-since"),
        if_range=said.get(b"if-range"),
        range=said.get(b"range") if has_range else None,
    )


ANYBODY: Final = Asked("GET", to_head=False, authorized=False, plain=True)
"""Asks for nothing in particular."""


@lru_cache(maxsize=64)  # clients choose the method
def _plain(method: str, to_head: bool, authorized: bool) -> Asked:
    return Asked(method, to_head, authorized, plain=True)


def _directives(said: dict[bytes, bytes]) -> CacheControl:
    """`Pragma: no-cache` counts where there is no Cache-Control, as HTTP/1.0 meant it (RFC 9111 §5.4)."""
    if b"cache-control" in said:
        return cache_control([said[b"cache-control"]])
    return _NO_CACHE if b"pragma" in said and cache_control([said[b"pragma"]]).no_cache else SILENT
