"""Finds routes that can never match, because an earlier one takes all their requests.

It errs to the side of silence: a regex covers only its equal.
"""

from __future__ import annotations

from collections.abc import Sequence

from config.matching import MatchRule
from config.schema import Listener, Route
from config.values import Network
from proxy.match import PathMatch


def shadowed(routes: Sequence[Route], listeners: Sequence[Listener]) -> list[tuple[int, int]]:
    """Return pairs of indexes: a route that can never match, and the first earlier one that takes its requests."""
    rules = [
        (frozenset(listener.name for listener in listeners if listener.has(route)), route.match, _path(route.match))
        for route in routes
    ]
    found = []
    for later, (its_listeners, its_match, its_path) in enumerate(rules):
        for earlier, (listeners_of_earlier, match, path) in enumerate(rules[:later]):
            if (
                _covers_path(path, its_path)
                and set() < its_listeners <= listeners_of_earlier
                and covers(match, its_match)
            ):
                found.append((later, earlier))
                break
    return found


def _path(match: MatchRule) -> PathMatch | None:
    return None if match.path is None else match.path.compiled()


def takes_all(route: Route) -> bool:
    """Tell whether a route takes every request that comes to it."""
    return covers(route.match, MatchRule()) and _path(route.match) in (None, PathMatch("prefix", "/"))


def covers(wide: MatchRule, narrow: MatchRule) -> bool:
    """Tell whether the first, its path left aside, takes every request that the second takes."""
    return (
        _covers_hosts(wide.hosts, narrow.hosts)
        and (not wide.methods or (bool(narrow.methods) and narrow.methods <= wide.methods))
        and wide.headers.items() <= narrow.headers.items()
        and wide.query.items() <= narrow.query.items()
        and _covers_clients(wide.clients, narrow.clients)
    )


def _covers_hosts(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    if not wide:
        return True
    return bool(narrow) and all(any(_covers_host(pattern, host) for pattern in wide) for host in narrow)


def _covers_host(wide: str, narrow: str) -> bool:
    return wide == narrow or (wide.startswith("*.") and narrow.removeprefix("*").endswith(wide[1:]))


def _covers_path(wide: PathMatch | None, narrow: PathMatch | None) -> bool:
    if wide is None or wide == narrow:
        return True
    if narrow is None or narrow.kind == "regex":
        return wide.kind == "prefix" and wide.value == "/" and narrow is not None and narrow.value.startswith("^/")
    return wide.matches(narrow.value) and (wide.kind == "prefix" or narrow.kind == "exact")


def _covers_clients(wide: Sequence[Network], narrow: Sequence[Network]) -> bool:
    if not wide:
        return True
    return bool(narrow) and all(any(_contains(each, network) for each in wide) for network in narrow)


def _contains(wide: Network, narrow: Network) -> bool:
    if wide.version != narrow.version:
        return False
    return narrow.network_address in wide and narrow.prefixlen >= wide.prefixlen
