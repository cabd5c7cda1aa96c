"""May a response be stored at all (RFC 9111 §3)? Rules in the order they are asked in; the first gives the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from proxy.cache.asked import Asked
from proxy.cache.directives import CacheControl
from proxy.cache.fields import vary
from proxy.cache.freshness import HEURISTICALLY_CACHEABLE, Said, explicit_lifetime
from proxy.cache.policy import Policy
from proxy.cache.verdict import Verdict
from proxy.messages import Headers

_UNDERSTOOD: Final = frozenset({*range(200, 206), *range(300, 309), *range(400, 418), 421, 422, 426, *range(500, 506)})
"""Final statuses of RFC 9110 §15, less those that are never stored."""
_OF_ONE_CONDITION: Final = frozenset({304, 412, 416})
_OF_ONE_CLIENT: Final = frozenset({428, 429, 431, 511})
"""About what one client sent, or how often: each "MUST NOT be stored by a cache" (RFC 6585 §3 to §6)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A response that might be stored; `date` is its Date, `ttl_s` a filter's choice of lifetime."""

    asked: Asked
    status: int
    headers: Headers
    said: Said
    date: int
    policy: Policy
    ttl_s: float | None


def refusal(candidate: Candidate) -> Verdict | None:
    """Return why a response may not be stored, None where it may."""
    for holds, verdict in _RULES:
        if holds(candidate):
            return verdict
    return None


def forbids_storing(control: CacheControl, status: int) -> bool:
    """Tell whether these directives keep a response with this status out of a shared cache, whatever else it is."""
    return control.private or _must_not_be_stored(control) or _must_be_understood(control, status)


def may_hand_out_cookies(said: Said, policy: Policy) -> bool:
    """Tell whether all clients may be given a Set-Cookie that came for one (§7.3)."""
    return said.control.public or said.for_shared or policy.set_cookie == "store"


def is_of_one_user(asked: Asked, control: CacheControl) -> bool:
    """Tell whether what answers a request, be it a 304, is for nobody else, as it has Authorization (§3.5)."""
    meant_for_all = control.public or control.must_revalidate or control.s_maxage is not None
    return asked.authorized and not meant_for_all


def _is_of_another_method(candidate: Candidate) -> bool:
    method = candidate.asked.method
    return method not in {"GET", "HEAD"} or method not in candidate.policy.methods


def _is_of_an_unwanted_status(candidate: Candidate) -> bool:
    return candidate.policy.statuses is not None and candidate.status not in candidate.policy.statuses


def _must_be_understood(control: CacheControl, status: int) -> bool:
    """Tell whether nothing may be kept of it, as nobody here knows what its status means (§5.2.2.3)."""
    return control.must_understand and status not in _UNDERSTOOD


def _must_not_be_stored(control: CacheControl) -> bool:
    """`must-understand` stands in for `no-store` with caches that know the former (§5.2.2.3)."""
    return control.no_store and not control.must_understand


def _sets_a_cookie(candidate: Candidate) -> bool:
    said = candidate.said
    if b"set-cookie" not in candidate.headers.names() or b"set-cookie" in said.control.unstored:
        return False
    return not may_hand_out_cookies(said, candidate.policy)


def _is_of_a_status_without_leave(candidate: Candidate) -> bool:
    if candidate.policy.statuses is not None:  # It is among them, or an earlier rule would hold.
        return False
    if candidate.said.control.public or candidate.status in HEURISTICALLY_CACHEABLE or candidate.ttl_s is not None:
        return False
    return explicit_lifetime(candidate.said, candidate.headers, candidate.date) is None


_RULES: Final[tuple[tuple[Callable[[Candidate], bool], Verdict], ...]] = (
    (_is_of_another_method, Verdict("pass", "method", "RFC 9111 §3")),
    (lambda it: it.asked.method == "HEAD", Verdict("pass", "head", "RFC 9110 §9.3.2")),
    (lambda it: it.status == 206, Verdict("pass", "partial", "RFC 9111 §3.3")),
    (lambda it: it.status in _OF_ONE_CONDITION, Verdict("pass", "conditional", "RFC 9111 §3")),
    (lambda it: it.status in _OF_ONE_CLIENT, Verdict("pass", "client_status", "RFC 6585 §3")),
    (_is_of_an_unwanted_status, Verdict("pass", "status_excluded", "policy")),
    (lambda it: it.asked.directives.no_store, Verdict("pass", "client_no_store", "RFC 9111 §5.2.1.5")),
    (
        lambda it: _must_be_understood(it.said.control, it.status),
        Verdict("pass", "not_understood", "RFC 9111 §5.2.2.3"),
    ),
    (lambda it: _must_not_be_stored(it.said.control), Verdict("pass", "no_store", "RFC 9111 §5.2.2.5")),
    (lambda it: it.said.control.private, Verdict("pass", "private", "RFC 9111 §5.2.2.7")),
    (lambda it: is_of_one_user(it.asked, it.said.control), Verdict("pass", "authorization", "RFC 9111 §3.5")),
    (lambda it: vary(it.headers.values(b"vary")) is None, Verdict("pass", "vary_star", "RFC 9111 §4.1")),
    (_sets_a_cookie, Verdict("pass", "set_cookie", "RFC 9111 §7.3")),
    (_is_of_a_status_without_leave, Verdict("pass", "status", "RFC 9111 §3")),
)
