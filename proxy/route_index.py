"""Finds the few routes that may match among many: by host, then by path, in list order.

What host and path settle is settled by looking up, so a candidate's conditions are only what remains to be asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias

from proxy.match import Condition, Match, PathIs, PathMatch

if TYPE_CHECKING:
    from proxy.exchange import Client
    from proxy.messages import Request
    from proxy.route import Route

Holds: TypeAlias = "Callable[[Request, Client], bool]"
Candidate: TypeAlias = "tuple[int, Route, tuple[Holds, ...]]"
"""A route, its place in the list before it, and behind it what to ask once host and path are known to match."""
Candidates: TypeAlias = "tuple[Candidate, ...]"

_PLACE = itemgetter(0)
_ANY_HOST = ""


class PathIndex:
    """The routes of one host, by path.

    Each exact path and each prefix holds every route that may match there, those of shorter prefixes and those
    without a path included, so one lookup ends the search.
    """

    __slots__ = ("_anywhere", "_deepest", "_exact", "_prefixes", "_root")

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        exact: defaultdict[str, list[Candidate]] = defaultdict(list)
        prefixes: defaultdict[str, list[Candidate]] = defaultdict(list)
        anywhere: list[Candidate] = []
        for each in candidates:
            path = each[1].match.path
            if path is None or path.kind == "regex":
                anywhere.append(each)
            elif path.kind == "exact":
                exact[path.value].append(each)
            else:
                prefixes[path.value.removesuffix("/")].append(each)
        self._anywhere = tuple(anywhere)
        self._root = _in_order(anywhere, prefixes.pop("", ()))
        self._deepest = max((key.count("/") for key in prefixes), default=0)
        self._prefixes: dict[str, Candidates] = {}
        for key in sorted(prefixes, key=len):
            self._prefixes[key] = _in_order(prefixes[key], self._under(key))
        self._exact = {path: _in_order(found, self._under(path)) for path, found in exact.items()}

    def candidates(self, path: str) -> Candidates:
        found = self._exact.get(path)
        return self._under(path) if found is None else found

    def size_bytes(self) -> int:
        """Estimate what this index holds for itself: a slot for each candidate, some 200 bytes for each path."""
        lists = (*self._prefixes.values(), *self._exact.values())
        return 8 * sum(map(len, lists)) + 200 * (len(lists) + 1)

    def _under(self, path: str) -> Candidates:
        """Walk down the path's segments, no deeper than the deepest prefix, to the longest prefix that is known."""
        prefixes, end = self._prefixes, 0
        best = self._anywhere if path == "*" else self._root
        for _ in range(self._deepest):
            end = path.find("/", end + 1)
            if end < 0:
                return prefixes.get(path, best)
            best = prefixes.get(path[:end], best)
        return best


class HostIndex:
    """All routes of a listener, by host; the index of a host's paths is made when the host is first asked for.

    Routes for any host stand in the index of every host, so what is kept is bounded, in hosts and in memory. Only a
    configuration with thousands of routes for any host beside hundreds of hosts comes near.
    """

    hosts_kept: Final = 4096
    bytes_kept: Final = 64 * 1024 * 1024

    def __init__(self, routes: Sequence[Route]) -> None:
        self._by_pattern: defaultdict[str, list[Candidate]] = defaultdict(list)
        for place, route in enumerate(routes):
            for pattern in route.match.hosts or (_ANY_HOST,):
                self._by_pattern[pattern].append(_candidate(place, route))
        self._by_host: dict[str, PathIndex] = {}
        self._by_patterns: dict[tuple[str, ...], PathIndex] = {}
        self._kept_bytes = 0

    def paths(self, host: str) -> PathIndex:
        index = self._by_host.get(host)
        return self._remember(host) if index is None else index

    def _remember(self, host: str) -> PathIndex:
        if len(self._by_host) >= self.hosts_kept or self._kept_bytes > self.bytes_kept:
            self._by_host.clear()
            self._by_patterns.clear()
            self._kept_bytes = 0
        patterns = tuple(self._patterns(host))
        index = self._by_patterns.get(patterns)  # clients may invent hosts without end, but not patterns
        if index is None:
            index = self._by_patterns[patterns] = self._index(patterns)
        self._by_host[host] = index
        return index

    def _patterns(self, host: str) -> Iterator[str]:
        """Return the configured patterns that a host fits."""
        dots = (at for at, character in enumerate(host) if character == ".")
        for pattern in (_ANY_HOST, host, *(f"*{host[at:]}" for at in dots)):
            if pattern in self._by_pattern:
                yield pattern

    def _index(self, patterns: Iterable[str]) -> PathIndex:
        found = {each[0]: each for pattern in patterns for each in self._by_pattern[pattern]}
        index = PathIndex(_in_order(found.values()))
        self._kept_bytes += index.size_bytes()
        return index


def _candidate(place: int, route: Route) -> Candidate:
    return place, route, tuple(condition.holds for condition in _remaining(route.match))


def _remaining(match: Match) -> Iterator[Condition]:
    if match.path is not None and not _settled_by_lookup(match.path):
        yield PathIs(match.path)
    yield from match.further_conditions()


def _settled_by_lookup(path: PathMatch) -> bool:
    """Tell whether looking up says it all: a prefix that ends in a slash is filed with the one that doesn't."""
    return path.kind == "exact" or (path.kind == "prefix" and (path.value == "/" or not path.value.endswith("/")))


def _in_order(*groups: Iterable[Candidate]) -> Candidates:
    return tuple(sorted(chain.from_iterable(groups), key=_PLACE))
