"""Requests and responses as the cache's pure core meets them, received at one moment of 2023."""

from __future__ import annotations

from typing import Any, Final

from proxy.cache.asked import Asked, asked
from proxy.cache.dates import format_date
from proxy.cache.policy import Policy
from proxy.cache.rfc9111 import store
from proxy.cache.stored import Stored
from proxy.cache.verdict import Verdict
from proxy.messages import Headers, Request, Response

NOW: Final = 1_700_000_000.0
"""Tue, 14 Nov 2023 22:13:20 GMT: when every response here was received, if nothing else is said."""
URL: Final = "http://example.com/page"
PLAIN: Final = Policy()


def requesting(*lines: str, method: str = "GET", authorized: bool = False) -> Request:
    request = Request(method, "/page", None, headers(*lines), "http", "example.com", "example.com")
    request.authorized = authorized
    return request


def asking(*lines: str, policy: Policy = PLAIN, **how: Any) -> Asked:
    return asked(requesting(*lines, **how), policy)


def responding(*lines: str, status: int = 200) -> Response:
    return Response(status, headers(*lines))


def headers(*lines: str) -> Headers:
    return Headers([line.encode("latin-1") for line in lines])


def dated(name: str, offset_s: float) -> str:
    """Return a field line with the date so many seconds after NOW."""
    return f"{name}: {format_date(NOW + offset_s).decode()}"


def received(
    response: Response,
    request: Request | None = None,
    policy: Policy = PLAIN,
    *,
    delay_s: float = 0.0,
    at: float = NOW,
    ttl_s: float | None = None,
) -> Stored | Verdict:
    """Hand a response to `store`, that came at `at` and was asked for `delay_s` before."""
    request = requesting() if request is None else request
    return store(
        request,
        asked(request, policy),
        response,
        policy,
        key=f"{URL}  site",
        url=URL,
        request_time=at - delay_s,
        response_time=at,
        ttl_s=ttl_s,
    )


def kept(*lines: str, status: int = 200, **how: Any) -> Stored:
    """Return what is stored of a response with these fields, which must be stored."""
    stored = received(responding(*lines, status=status), **how)
    assert isinstance(stored, Stored), stored
    return stored


def passed(*lines: str, status: int = 200, **how: Any) -> str:
    """Return the reason for which a response with these fields is not stored."""
    verdict = received(responding(*lines, status=status), **how)
    assert isinstance(verdict, Verdict), verdict
    assert verdict.action == "pass"
    return verdict.reason
