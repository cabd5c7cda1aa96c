"""Makes a stored response of one that came (RFC 9111 §3), or of one that was found unchanged (§3.2)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from proxy.cache.admission import Candidate, forbids_storing, may_hand_out_cookies, refusal
from proxy.cache.asked import Asked
from proxy.cache.dates import format_date
from proxy.cache.fields import tags, vary
from proxy.cache.freshness import Reception, Said, born, said
from proxy.cache.policy import Policy
from proxy.cache.stored import Stored
from proxy.cache.times import Times, times
from proxy.cache.varying import selected
from proxy.cache.verdict import Verdict
from proxy.messages import NAME_OF, OF_THE_CONNECTION, Headers, Request, Response

_NEVER_STORED: Final = OF_THE_CONNECTION | frozenset(
    b"age proxy-authenticate proxy-authentication-info proxy-authorization".split()
)
"""Age is worked out anew; the others are for the connection or the proxy they came to (RFC 9111 §3.1)."""
_NOT_UPDATED: Final = _NEVER_STORED | frozenset(b"content-encoding content-range".split())
"""A 304 has no content, and its word on how the stored one is coded or cut is not to be trusted (§3.2)."""

_TAGS = Verdict("pass", "tags", "policy")
_NO_CACHE = Verdict("pass", "no_cache", "RFC 9111 §5.2.2.4")
_NO_LIFETIME = Verdict("pass", "no_lifetime", "RFC 9111 §4.2.1")
_NOT_FRESH = Verdict("pass", "not_fresh", "RFC 9111 §4.2")


def store(
    request: Request,
    asked: Asked,
    response: Response,
    policy: Policy,
    *,
    key: str,
    url: str,
    request_time: float,
    response_time: float,
    ttl_s: float | None = None,
) -> Stored | Verdict:
    """Return what is stored of a response, its body left empty, or why it is not ("pass").

    `ttl_s` takes the place of the response's own lifetime. Stale responses are stored too if they can be validated.
    """
    headers, status = response.headers, response.status
    reception = Reception.of(headers, request_time, response_time)
    what = said(headers)
    refused = refusal(Candidate(asked, status, headers, what, reception.date, policy, ttl_s))
    if refused is not None:
        return refused
    labels = tags(headers.values(b"surrogate-key"), headers.values(b"cache-tag"))
    if labels is None:
        return _TAGS
    spans = times(status, headers, what, reception, policy, since=born(headers, reception), ttl_s=ttl_s)
    if spans.keep_until <= response_time:
        return _useless(what, spans)
    selecting = vary(headers.values(b"vary")) or ()
    return Stored(
        key,
        url,
        status,
        response.status_line,
        _lines(headers, what, reception),
        spans.born,
        spans.fresh_until,
        spans.keep_until,
        vary=selecting,
        variant=selected(selecting, request.headers),
        etag=headers.find(b"etag"),
        last_modified=headers.find(b"last-modified"),
        must_revalidate=spans.must_revalidate,
        stale_while_revalidate_s=spans.stale_while_revalidate_s,
        stale_if_error_s=spans.stale_if_error_s,
        tags=labels,
    )


def _useless(said: Said, spans: Times) -> Verdict:
    if said.control.no_cache:
        return _NO_CACHE
    return _NOT_FRESH if math.isfinite(spans.fresh_until) else _NO_LIFETIME


def freshened(
    stored: Stored,
    not_modified: Response,
    policy: Policy,
    *,
    request_time: float,
    response_time: float,
    ttl_s: float | None = None,
) -> Stored:
    """Return the stored response with the fields of a 304 and the times that follow; its body is the same.

    Where the 304 says that it may not be stored any longer, or is selected otherwise, it is worth nothing after now.
    """
    update = not_modified.headers
    merged = Headers(_merged(stored.lines, update, policy))
    reception = Reception.of(update, request_time, response_time)
    what = said(merged)
    if not may_hand_out_cookies(what, policy):
        merged.drop(b"set-cookie")
    spans = times(stored.status, merged, what, reception, policy, since=born(update, reception), ttl_s=ttl_s)
    labels = tags(merged.values(b"surrogate-key"), merged.values(b"cache-tag"))
    forbidden = forbids_storing(what.control, stored.status)
    withdrawn = forbidden or labels is None or vary(merged.values(b"vary")) != stored.vary
    return replace(
        stored,
        lines=_lines(merged, what, reception),
        born=spans.born,
        fresh_until=-math.inf if withdrawn else spans.fresh_until,
        keep_until=response_time if withdrawn else spans.keep_until,
        etag=merged.find(b"etag"),
        last_modified=merged.find(b"last-modified"),
        must_revalidate=withdrawn or spans.must_revalidate,
        stale_while_revalidate_s=spans.stale_while_revalidate_s,
        stale_if_error_s=spans.stale_if_error_s,
        tags=labels or (),
        head=b"",
    )


def _merged(lines: list[bytes], update: Headers, policy: Policy) -> list[bytes]:
    replaced = set(update.names()) - _NOT_UPDATED
    if not may_hand_out_cookies(said(update), policy):
        replaced.discard(b"set-cookie")
    return [line for line in lines if NAME_OF[line] not in replaced] + [
        line for line in update.lines if NAME_OF[line] in replaced
    ]


def _lines(headers: Headers, said: Said, reception: Reception) -> list[bytes]:
    """Return the fields to store; a Date that is missing or none is written (RFC 9110 §6.6.1)."""
    left_out = _NEVER_STORED | said.control.unstored
    if reception.dated:
        return [line for line in headers.lines if NAME_OF[line] not in left_out]
    lines = [line for line in headers.lines if (name := NAME_OF[line]) not in left_out and name != b"date"]
    return [*lines, b"Date: " + format_date(reception.date)]
