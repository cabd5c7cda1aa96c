"""Cache-Status (RFC 9211): what the cache did, for whoever looks at the answer."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Forward: TypeAlias = Literal["bypass", "method", "uri-miss", "vary-miss", "miss", "request", "stale", "partial"]
"""Why a request went to the origin (§2.2)."""

_NAME: Final = b"Cache-Status: penstock"


def hit_line(ttl: float, detail: str | None = None) -> bytes:
    """Write the line of an answer from the cache; `ttl` is the freshness left in seconds, below zero when stale."""
    return b"%b; hit%b%b" % (_NAME, _ttl(ttl), _detail(detail))


def forward_line(
    fwd: Forward,
    fwd_status: int | None,
    *,
    stored: bool,
    collapsed: bool,
    ttl: float | None = None,
    detail: str | None = None,
) -> bytes:
    """Write the line of an answer for which the origin was asked; `fwd_status` is what it answered, None for nothing.

    `detail` is a reason of one word.
    """
    status = b"" if fwd_status is None else b"; fwd-status=%d" % fwd_status
    flags = (b"; stored" if stored else b"") + (b"; collapsed" if collapsed else b"")
    return b"%b; fwd=%b%b%b%b%b" % (_NAME, fwd.encode("ascii"), status, flags, _ttl(ttl), _detail(detail))


def refused_line(detail: str) -> bytes:
    """Write the line of an answer that came from neither the cache nor the origin."""
    return _NAME + _detail(detail)


def _ttl(ttl: float | None) -> bytes:
    return b"" if ttl is None or ttl in _ENDLESS else b"; ttl=%d" % ttl


def _detail(detail: str | None) -> bytes:
    return b"" if detail is None else b"; detail=" + detail.encode("ascii")


_ENDLESS: Final = (float("inf"), float("-inf"))
