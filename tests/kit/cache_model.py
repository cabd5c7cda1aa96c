"""RFC 9111 said simply, for a shared cache: what an origin told, and whether an answer made of it was allowed.

It only forbids: a cache that keeps nothing breaks no rule of it. A purge or an invalidation binds those who ask after
it; who asks meanwhile may have been answered before it, and is not judged by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from kit.cache_words import Said, Wish, Words
from proxy.cache.policy import Policy
from proxy.cache.purge import Purge

ROUNDING_S = 0.001
HEURISTIC = frozenset({200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})
"""Statuses that may be kept by a guess (RFC 9110 §15.1)."""
ERRORS = frozenset({500, 502, 503, 504})
"""Those that stale-if-error speaks of (RFC 5861 §4)."""
UNKNOWN = 299
"""A status that nobody defined, for must-understand."""


@dataclass(slots=True, eq=False)
class Ask:
    """One request of a client; `started` is its place in the ledger's order, `etag` what its If-None-Match names.

    `form` is "plain", "head", "conditional" or "range".
    """

    client: str
    url: str
    wish: Wish
    selecting: dict[str, str | None]
    authorized: bool
    exchange: Any
    started: int
    form: str = "plain"
    etag: str | None = None


@dataclass(slots=True, eq=False)
class Telling:
    """One answer of the origin: a 200 and its like, or a 304 that confirms an older one, its `root`.

    `said` is what holds: after a 304, that of the older one as updated by what was `sent`. `asked` and `told` are
    places in the ledger's order, `asked_at` and `told_at` seconds. `exchange` is the one it was for. A `broken` body
    never came whole.
    """

    id: int
    url: str
    said: Said
    sent: Said
    status: int
    body: bytes
    exchange: object
    selecting: dict[str, str | None]
    authorized: bool
    no_store: bool
    asked: int
    asked_at: float
    told: int
    told_at: float
    version: int = 0
    base: Telling | None = None
    broken: bool = False
    root: Telling = field(init=False)

    def __post_init__(self) -> None:
        self.root = self if self.base is None else self.base.root

    @property
    def born(self) -> float:
        """When its age was zero (RFC 9111 §4.2.3); a Date is compared in its own unit, whole seconds."""
        said, delay = self.said, self.told_at - self.asked_at
        apparent = 0.0 if said.date is None else max(0.0, int(self.told_at) - said.date)
        return self.told_at - max(apparent, (said.age or 0) + delay)

    def at(self, place: int) -> Telling:
        """Return what held of the same response at `place`, or was on its way then to hold."""
        return self if self.base is None or self.asked < place else self.base._told_at(place)

    def _told_at(self, place: int) -> Telling:
        return self if self.base is None or self.told < place else self.base._told_at(place)

    def sent_mine(self, value: str | None) -> Telling:
        """Return the one that X-Mine came with."""
        return self if self.base is None or self.sent.mine == value else self.base.sent_mine(value)

    @property
    def words(self) -> Words:
        """The directives in force: the first targeted field that is valid and not empty has the say (RFC 9213 §2.2)."""
        return self.targeted or self.said.cache_control or Words()

    @property
    def targeted(self) -> Words | None:
        targeted = self.said.targeted
        return targeted if isinstance(targeted, Words) and targeted != Words() else None


@dataclass(slots=True, frozen=True)
class Taken:
    """A purge or, `unsafe`, what a method made invalid, with its place in the order and its time."""

    purge: Purge
    place: int
    at: float
    unsafe: bool = False

    def names(self, telling: Telling) -> bool:
        value = self.purge.value
        match self.purge.kind:
            case "url":
                return telling.url == value
            case "prefix":
                return telling.url.startswith(value)
            case "tag":
                return value in (telling.at(self.place).said.tags or ())
        return True


@dataclass(slots=True, frozen=True)
class Failure:
    """The origin gave no answer, `status` None, or answered with an error."""

    url: str
    status: int | None
    place: int


class Ledger:
    """All that was told, purged and failed, in one order; and the judge of answers by it."""

    def __init__(self, policy: Policy, now: Callable[[], float]) -> None:
        self.policy, self.now = policy, now
        self.tellings: dict[int, Telling] = {}
        self.taken: list[Taken] = []
        self.failures: list[Failure] = []
        self.next_place = count(1).__next__

    # -- the rules; each returns, or says what was broken

    def reused(self, ask: Ask, telling: Telling) -> str:
        """Judge an answer from what another exchange was told; return by which leave it was given."""
        self._is_shareable(ask, telling)
        self._survived(ask, telling)
        is_softly_purged = self._is_softly_purged(ask, telling)
        if telling.told > ask.started and not is_softly_purged:
            return "collapsed"  # It was told after it was asked for, which is as good as an own answer.
        assert not telling.words.no_cache, "no-cache, and not validated (§5.2.2.4)"
        now = self.now()
        late_s = now - telling.born - self.lifetime(telling)
        if is_softly_purged:  # Nobody tells the cache when; leave to serve stale may be reckoned from its next look.
            late_s = max(0.0, late_s)
        is_fresh = late_s < ROUNDING_S and not is_softly_purged
        failure = self._failure(ask)
        if failure is None and self.policy.client_directives:
            _suits(ask.wish, now - telling.born, late_s, is_fresh)
        return "fresh" if is_fresh else self._leave(ask, telling, failure, late_s)

    def validated(self, ask: Ask, telling: Telling) -> str:
        """Judge an answer that the origin confirmed by 304 for this very exchange."""
        base = telling.base
        assert base is not None
        self._is_shareable(ask, base)
        for taken in self.taken:
            purged = taken.purge.hard and not taken.unsafe and taken.names(base)
            assert not (purged and telling.root.asked < taken.place < ask.started), f"{taken} took it"
        return "validated"

    def lifetime(self, telling: Telling) -> float:
        """Return the freshness lifetime (§4.2.1, §4.2.2), capped as the route wants."""
        return min(self._stated(telling), self.policy.max_ttl_s)

    def _stated(self, telling: Telling) -> float:
        said, words = telling.said, telling.words
        date = int(telling.told_at) if said.date is None else said.date  # as whoever receives it writes it
        for stated in (words.s_maxage, words.max_age):
            if stated is not None:
                return stated
        if said.expires is not None and telling.targeted is None:
            return max(0.0, said.expires - date)
        if telling.status not in HEURISTIC and not words.public:
            return 0.0
        if said.last_modified is not None and (guess := 0.1 * (date - said.last_modified)) > 0:
            return min(guess, 86_400.0)
        return self.policy.default_ttl_s

    def _is_shareable(self, ask: Ask, telling: Telling) -> None:
        """Judge by §3 whether it could be stored, and by §4 whether for this request."""
        root = telling.root
        assert root.url == ask.url, "of another resource"
        for link in (root, telling):
            why_not = self.why_not_kept(link)
            assert why_not is None, why_not
        for name in {*(root.said.vary or ()), *(telling.said.vary or ())}:
            assert ask.selecting[name] in (root.selecting[name], telling.selecting[name]), f"another {name} (§4.1)"

    def why_not_kept(self, telling: Telling) -> str | None:
        """Return what keeps this one, or what was updated by it, out of a shared cache (§3)."""
        words, said, status = telling.words, telling.said, telling.status
        understood = words.must_understand and status != UNKNOWN
        for_all = words.public or words.s_maxage is not None
        sets_cookie = said.set_cookie is not None and telling.base is None
        explicit = for_all or words.max_age is not None or (said.expires is not None and telling.targeted is None)
        reasons = {
            "the request for it said no-store (§5.2.1.5)": telling.no_store and self.policy.client_directives,
            "no-store (§5.2.2.5)": words.no_store and not understood,
            "must-understand (§5.2.2.3)": words.must_understand and not understood,
            "private (§5.2.2.7)": words.private,
            "Authorization (§3.5)": telling.authorized and not (for_all or words.must_revalidate),
            "Set-Cookie": sets_cookie and not self.may_set_cookies(telling),
            "Vary: * (§4.1)": "*" in (said.vary or ()),
            f"{status} without a lifetime (§3)": telling.base is None and not explicit and status not in HEURISTIC,
        }
        return next((reason for reason, holds in reasons.items() if holds), None)

    def may_set_cookies(self, telling: Telling) -> bool:
        """Tell whether all may be given a cookie that came for one: what says so, or has a shared lifetime."""
        words = telling.words
        for_shared = words.s_maxage is not None or (telling.targeted is not None and words.max_age is not None)
        return words.public or for_shared or self.policy.set_cookie == "store"

    def _survived(self, ask: Ask, telling: Telling) -> None:
        for taken in self._takes(ask, telling):
            asked = telling.asked if taken.unsafe else telling.root.asked
            assert not (taken.purge.hard and asked < taken.place), f"{taken} took it"

    def _takes(self, ask: Ask, telling: Telling) -> list[Taken]:
        return [each for each in self.taken if telling.root.asked < each.place < ask.started and each.names(telling)]

    def _is_softly_purged(self, ask: Ask, telling: Telling) -> bool:
        return any(not each.purge.hard and telling.asked < each.place for each in self._takes(ask, telling))

    def _failure(self, ask: Ask) -> Failure | None:
        """Return the last failure that this one may have met."""
        met = [each for each in self.failures if each.url == ask.url and each.place > ask.started]
        return met[-1] if met else None

    def _leave(self, ask: Ask, telling: Telling, failure: Failure | None, late_s: float) -> str:
        """Return by which leave it may be stale (§4.2.4)."""
        words, policy, wish = telling.words, self.policy, ask.wish
        forbidden = words.must_revalidate or words.proxy_revalidate or words.s_maxage is not None
        assert not forbidden, f"{late_s} s stale, and must be validated (§4.2.4)"
        late_s -= ROUNDING_S
        if failure is not None:
            if (failure.status is None or failure.status in ERRORS) and late_s < _or(
                words.stale_if_error, policy.stale_if_error_s
            ):
                return "stale_if_error"
            if failure.status is None and late_s < policy.stale_unreachable_s:
                return "unreachable"
        if wish.max_stale is not None and policy.client_directives and late_s <= wish.max_stale:
            return "max_stale"
        assert late_s < _or(words.stale_while_revalidate, policy.stale_while_revalidate_s), f"{late_s} s stale"
        return "stale_while_revalidate"


def _or(stated: int | None, otherwise: float) -> float:
    return otherwise if stated is None else stated


def _suits(wish: Wish, age_s: float, late_s: float, is_fresh: bool) -> None:
    """Judge what the client asked of a response that is not validated (§5.2.1)."""
    wants_it_validated = wish.no_cache or wish.pragma
    assert not wants_it_validated, "no-cache in the request (§5.2.1.4)"
    assert wish.max_age is None or age_s <= wish.max_age + ROUNDING_S, f"{age_s} s old (§5.2.1.1)"
    assert wish.min_fresh is None or -late_s >= wish.min_fresh - ROUNDING_S, f"fresh for {-late_s} s more (§5.2.1.3)"
    takes_it_stale = wish.max_age is None or wish.max_stale is not None
    assert is_fresh or takes_it_stale, "stale, and the client named a max-age (§5.2.1.1)"
