"""Explains what would become of a request: which route, why no earlier one, which filters, which upstream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from config.build import build
from config.caching import RouteCache
from config.chains import PlannedStep, planned
from config.conditions import conditions
from config.configuration import Configuration
from config.function_title import function_title
from config.paths import Path
from config.redirects import ROUTE, redirection
from config.schema import Route, WeightedUpstream
from proxy.authority import parse_host
from proxy.cache.key import keyed
from proxy.errors import NoRoute
from proxy.exchange import Client, Exchange
from proxy.http1.target import KNOWN_METHODS, parse_request_line
from proxy.messages import Headers, Request
from proxy.metrics import Registry
from proxy.route import Verdict

HOP = "  "


def parse_request(text: str, fields: Sequence[tuple[str, str]]) -> Request:
    """Read `GET http://host/path` as a listener would; raises ValueError, or ClientError for what is refused."""
    method, _, url = text.strip().partition(" ")
    line = parse_request_line(f"{method} {url.strip()} HTTP/1.1".encode())
    if line.authority is None or line.scheme is None:
        raise ValueError("write a method and a whole URL: 'GET http://example.com/path'")
    return Request(
        line.method,
        line.path,
        line.query,
        headers=Headers.of([("Host", line.authority), *fields]),
        scheme=line.scheme,
        authority=line.authority,
        host=parse_host(line.authority.encode()).host,
    )


def parse_field(text: str) -> tuple[str, str]:
    """Read `Name: value`; raises ValueError."""
    name, colon, value = text.partition(":")
    if not colon:
        raise ValueError(f"{text!r} is not a field; write 'Name: value'")
    return name.strip(), value.strip()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The lines to print. `client` names the listener, which must be one of the configuration's."""

    configuration: Configuration
    request: Request
    client: Client

    def lines(self) -> Iterator[str]:
        request, client = self.request, self.client
        yield f"{request.method} {request.scheme}://{request.authority}{request.target}"
        yield f"{HOP}from {client.address} on listener {client.listener}"
        yield "routes"
        verdicts = self._verdicts()
        places = {route.name: place for place, route in enumerate(self.configuration.config.routes)}
        width = max(map(len, places))
        for verdict in verdicts:
            name = f"{verdict.route_name:{width}}"
            if verdict.reason is not None:
                reason = self._shown(verdict.reason, Path(("routes", places[verdict.route_name], "match")))
                yield f"{HOP}- {name}  {reason}"
                continue
            yield f"{HOP}> {name}  wins"
            if verdict.route_name == ROUTE:
                yield from self._redirect()
                return
            yield from self._chain(places[verdict.route_name])
            yield from self._origin(self.configuration.config.routes[places[verdict.route_name]])
            return
        yield f"{HOP}none matches: 404"

    def _verdicts(self) -> list[Verdict]:
        # What is explained is the router that would run; only the access log stays closed.
        quiet = replace(self.configuration, config=self.configuration.config.model_copy(update={"access_log": None}))
        [listener] = [each for each in build(quiet, Registry()).listeners if each.name == self.client.listener]
        return listener.router.explain(self.request, self.client)

    def _redirect(self) -> Iterator[str]:
        [listener] = [each for each in self.configuration.config.listeners if each.name == self.client.listener]
        assert listener.redirect is not None
        yield "redirect"
        try:
            yield f"{HOP}{listener.redirect.status} to {redirection(listener.redirect).location(self.request)}"
        except NoRoute as error:
            yield f"{HOP}none, for {error}: 404"

    def _shown(self, text: str, path: Path) -> str:
        return self.configuration.secrets.scrub(text, path)

    def _chain(self, place: int) -> Iterator[str]:
        route = self.configuration.config.routes[place]
        yield "filters, in the order of requests"
        if self.request.method not in KNOWN_METHODS | route.allow_methods:
            yield f"{HOP}none: the method {self.request.method} is unknown, 501"
            return
        plan = planned(self.configuration)[place]
        if not plan:
            yield f"{HOP}none"
        for number, step in enumerate(plan, start=1):
            yield f"{HOP}{number}. {step.name} ({step.type_name}): {self._outcome(step, place)}"

    def _outcome(self, step: PlannedStep, place: int) -> str:
        if step.when is None:
            return "runs"
        for condition in conditions(step.when):
            if not condition.holds(self.request, self.client):
                refusal = condition.refusal(self.request, self.client)
                return f"skipped, for {self._shown(refusal, Path(('routes', place, 'filters')))}"
        return "runs, its condition holds"

    def _origin(self, route: Route) -> Iterator[str]:
        yield "cache"
        yield f"{HOP}{self._cache(route.cache)}"
        if route.function is not None:
            yield "function"
            yield f"{HOP}{function_title(self.configuration, self.request.path, route)}"
            return
        yield "upstream"
        if not route.upstream:
            yield f"{HOP}none: 404 unless a filter answers"
        total = sum(each.weight for each in route.upstream)
        for each in route.upstream:
            yield f"{HOP}{self._upstream(each, total)}"

    def _cache(self, cache: RouteCache | None) -> str:
        """Say what would be looked up; a filter may still change the request, and thus that."""
        if cache is None:
            return "none"
        why_not = cache.bypassing().why(Exchange(self.request, self.client), cache.policy())
        if why_not is not None:
            return f"{cache.use}: passed by, {why_not.reason}"
        url = keyed(self.request, "", cache.key_rules()).url
        further = [f"header {name}" for name in cache.key.headers] + [f"cookie {name}" for name in cache.key.cookies]
        return f"{cache.use}: looked up as {url}{''.join(f', {each}' for each in further)}"

    def _upstream(self, chosen: WeightedUpstream, total: int) -> str:
        upstream = self.configuration.config.upstreams[chosen.name]
        at = Path(("upstreams", chosen.name))
        addresses = self._shown(", ".join(endpoint.address for endpoint in upstream.endpoints), at)
        share = "" if chosen.weight == total else f", {100 * chosen.weight / total:.3g} %"
        return f"{chosen.name}{share}: {upstream.balance} over {addresses}"
