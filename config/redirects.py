"""Listeners that redirect: which routes stand on them, and what is odd about that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from config.paths import Path
from config.schema import Config, Redirect
from config.shadowing import takes_all
from proxy.chain import Chain
from proxy.limits import Limits
from proxy.match import Match
from proxy.redirection import Redirection
from proxy.route import Route

ROUTE: Final = "(redirect)"
"""The name of the route behind all others, in logs and metrics; no name in a file has brackets."""


def redirection(redirect: Redirect) -> Redirection:
    return Redirection(redirect.scheme, redirect.port, redirect.status)


def redirect_route(redirect: Redirect, limits: Limits) -> Route:
    """Make the route that takes what no other on the listener takes."""
    return Route(ROUTE, Match(), Chain(), redirection(redirect), limits)


def redirect_oddities(config: Config) -> Iterator[tuple[Path, str]]:
    """Tell of routes that stand nowhere, and of listeners that redirect nothing."""
    for index, route in enumerate(config.routes):
        if not any(listener.has(route) for listener in config.listeners):
            yield (
                Path(("routes", index)),
                f"route '{route.name}' stands on no listener, for all of them redirect; name one in its listeners",
            )
    for index, listener in enumerate(config.listeners):
        if listener.redirect is not None:
            for route in filter(listener.has, config.routes):
                if takes_all(route):
                    taker = f"route '{route.name}' takes all its requests"
                    yield Path(("listeners", index, "redirect")), f"'{listener.name}' redirects nothing: {taker}"
                    break
