"""Which endpoint takes the next attempt: pure choices among the candidates that the caller lets in.

Candidates are never empty; whoever leaves out what is unhealthy or was tried already does so before asking.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from math import log
from random import Random
from typing import Final, Generic, Protocol, TypeVar


class Candidate(Protocol):
    """An endpoint as a balancer sees it.

    `name` is the same in every worker and after every restart, `weight` at least 1, `in_flight` the number of its
    unanswered requests.
    """

    @property
    def name(self) -> str: ...

    @property
    def weight(self) -> int: ...

    @property
    def in_flight(self) -> int: ...


E = TypeVar("E", bound=Candidate)


class RoundRobin(Generic[E]):
    """Takes turns by weight, spread evenly: 5:1:1 goes a a b a c a a, not a a a a a b c (nginx's smooth way).

    Each turn every endpoint gains its weight, and the richest pays for all.
    """

    def __init__(self) -> None:
        self._credit: dict[E, int] = {}

    def pick(self, candidates: Sequence[E], key: bytes | None = None) -> E:
        if len(candidates) == 1:
            return candidates[0]
        credit = self._credit
        total, best = 0, candidates[0]
        for each in candidates:
            if each not in credit:
                credit = self._admit(candidates)
            credit[each] += each.weight
            total += each.weight
            if credit[each] > credit[best]:
                best = each
        credit[best] -= total
        return best

    def _admit(self, candidates: Sequence[E]) -> dict[E, int]:
        """Start accounts for newcomers, and close those of endpoints that are gone."""
        self._credit = {each: self._credit.get(each, 0) for each in candidates}
        return self._credit


class LeastRequests(Generic[E]):
    """Of two at random takes the one with fewer requests in flight for its weight.

    Two random ones are nearly as good as looking at all, and workers that can't see each other's requests don't all
    run to the same endpoint (Mitzenmacher, 2001).
    """

    def __init__(self, random: Random) -> None:
        self._random = random.random

    def pick(self, candidates: Sequence[E], key: bytes | None = None) -> E:
        count = len(candidates)
        if count == 1:
            return candidates[0]
        first = int(self._random() * count)
        second = (first + 1 + int(self._random() * (count - 1))) % count
        return self._less_loaded(candidates[first], candidates[second])

    def _less_loaded(self, one: E, other: E) -> E:
        load, other_load = one.in_flight * other.weight, other.in_flight * one.weight
        if load == other_load:  # idle ones too: share by weight
            return one if self._random() * (one.weight + other.weight) < one.weight else other
        return one if load < other_load else other


_MASK: Final = 2**64 - 1


class Hash(Generic[E]):
    """Gives a key the same endpoint always; one that is lost moves only its own keys (weighted rendezvous hashing).

    Each endpoint draws -ln(a number made of key and name) / weight and the lowest wins, so that shares follow the
    weights (Schindelhauer and Schomaker, 2005). Requests without a key take turns.
    """

    def __init__(self) -> None:
        self._turns: RoundRobin[E] = RoundRobin()

    def pick(self, candidates: Sequence[E], key: bytes | None) -> E:
        if len(candidates) == 1:
            return candidates[0]
        if key is None:
            return self._turns.pick(candidates)
        point = _point(key)
        return min(candidates, key=lambda each: -log(_mixed(point ^ _point_of(each.name))) / each.weight)


def _point(key: bytes) -> int:
    return int.from_bytes(blake2b(key, digest_size=8).digest())


@lru_cache(maxsize=1024)
def _point_of(name: str) -> int:
    return _point(name.encode())


def _mixed(bits: int) -> float:
    """Turn 64 bits into a number above 0 and at most 1 by SplitMix64's finisher, so that near points part."""
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB & _MASK
    return ((bits ^ (bits >> 31)) + 0.5) / 2**64
