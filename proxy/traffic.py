"""What a listener counts of its exchanges: children of the registry's families, looked up once and kept."""

from __future__ import annotations

from proxy.errors import ProxyError
from proxy.exchange import Exchange
from proxy.metrics import Cell, Distribution, Registry, method_label

CLIENT_GONE = 499
NO_ROUTE = ""


Key = tuple[str, str, int]


class Traffic:
    """One listener's books. The caller adds to `begun` itself."""

    def __init__(self, registry: Registry, listener: str) -> None:
        self._registry, self._listener = registry, listener
        self.begun = registry.http_requests_in_flight.child(listener)
        self._books: dict[Key, tuple[Cell, Distribution]] = {}

    def finished(self, exchange: Exchange) -> None:
        """Enter an exchange whose `finished_at` is set."""
        self.begun.value -= 1
        route, response = exchange.route, exchange.response
        name = NO_ROUTE if route is None else route.name
        key = (name, exchange.request.method, CLIENT_GONE if response is None else response.status)
        count, duration = self._books.get(key) or self._book(key)
        count.value += 1
        duration.observe(exchange.finished_at - exchange.started_at)
        if exchange.answered_by != "upstream":
            self._registry.http_local_responses.child(name, exchange.answered_by, exchange.reason).value += 1
        if exchange.decided:
            self._enter_decisions(name, exchange)

    def hit(self, route_name: str, seconds: float) -> None:
        """Enter a GET that the cache answered with 200 and without an exchange."""
        key = (route_name, "GET", 200)
        count, duration = self._books.get(key) or self._book(key)
        count.value += 1
        duration.observe(seconds)
        self._registry.http_local_responses.child(route_name, "cache", "fresh").value += 1

    def refused(self, error: ProxyError) -> None:
        """Count an answer to what never became an exchange."""
        self._registry.http_requests.child(self._listener, NO_ROUTE, "other", error.status).value += 1
        self._registry.http_local_responses.child(NO_ROUTE, "proxy", error.reason).value += 1

    def turned_away(self, reason: str) -> None:
        """Count a connection that is closed before anything was asked on it."""
        self._registry.downstream_turned_away.child(self._listener, reason).value += 1

    def _book(self, key: Key) -> tuple[Cell, Distribution]:
        route, method, status = key
        label = method_label(method)
        book = (
            self._registry.http_requests.child(self._listener, route, label, status),
            self._registry.http_request_duration.child(self._listener, route),
        )
        if label == method:  # Clients make up others, which would fill the table.
            self._books[key] = book
        return book

    def _enter_decisions(self, route: str, exchange: Exchange) -> None:
        for decision in exchange.decisions:
            if decision.by != "proxy":
                self._registry.filter_results.child(route, decision.by, decision.action).value += 1
