"""The life of one exchange, on one screen.

`answer` reads top to bottom: route, filters, cache and origin, filters again. What carries the exchange (a client's
connection, an aiohttp application) begins it, sends what `answer` returns, and completes it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Protocol

from proxy.access_log import AccessLog
from proxy.cache.reuse import FRESH
from proxy.chain import answered, discard
from proxy.errors import BodyTooLarge, HeaderTooLarge, NoRoute, ProxyError, UnknownMethod
from proxy.exchange import Client, Exchange
from proxy.filtered_body import AnsweredInBody
from proxy.http1.framing import BODYLESS
from proxy.http1.target import KNOWN_METHODS
from proxy.local_answer import ErrorPage, local_answer
from proxy.messages import Request, Response
from proxy.route import Route, Router
from proxy.runtime import monotonic
from proxy.traffic import Traffic

log = logging.getLogger("penstock")


class Origin(Protocol):
    """Anything that answers an exchange: an upstream, a cache before one, a weighted choice of several."""

    async def fetch(self, exchange: Exchange) -> Response: ...


class Pipeline:
    """What one listener does with its exchanges. A reload replaces `router`; exchanges under way keep their route."""

    def __init__(
        self,
        router: Router,
        traffic: Traffic,
        *,
        error_pages: Mapping[int, ErrorPage] | None = None,
        access_log: AccessLog | None = None,
    ) -> None:
        self.router, self._traffic = router, traffic
        self.has_instant = any(route.instant is not None for route in router.routes)
        self._error_pages = error_pages or {}
        self._access_log = access_log

    def begin(self, exchange: Exchange) -> bool:
        """Choose the route; tells whether the exchange may run without a Task."""
        exchange.route = route = self.router.find(exchange.request, exchange.client)
        self._traffic.begun.value += 1
        return route is None or (route.chain.plain and route.origin_is_plain)

    def hit(self, request: Request, client: Client) -> tuple[bytes, bytes] | None:
        """Return head and body of a stored answer for a request that says nothing to a cache; None for the long way.

        The exchange is entered in the books as ended: its answer fits the transport's buffers, or is on its way.
        """
        begun_at = monotonic()
        route = self.router.find(request, client)
        if route is None or route.instant is None or request.method != "GET" or request.version != 11:
            return None
        if _is_over_limit(request, route):
            return None
        answer = route.instant.find(request)
        if answer is not None:
            self._traffic.hit(route.name, monotonic() - begun_at)
            if self._access_log is not None:
                self._access_log.write(_hit_exchange(request, client, route, begun_at, len(answer[1])))
        return answer

    def refused(self, error: ProxyError, client: Client) -> str:
        """Enter a request that is refused before it could become an exchange; returns the id to give the client."""
        exchange = Exchange(Request("-", "-"), client)
        exchange.response, exchange.answered_by, exchange.reason = Response(error.status), "proxy", error.reason
        log.debug("refused %s with %d: %s", exchange.id, error.status, error)
        self._traffic.refused(error)
        if self._access_log is not None:
            self._access_log.write(exchange)
        return exchange.id

    def turned_away(self, reason: str) -> None:
        """Count a connection that is closed before it could ask for anything."""
        self._traffic.turned_away(reason)

    async def answer(self, exchange: Exchange) -> Response:
        """Return the answer to send, whatever happens but a cancellation."""
        try:
            route = exchange.route
            if route is None:
                raise NoRoute("no route matches")
            _check(exchange, route)
            chain, response = route.chain, None
            if chain.request_hooks:
                response = await chain.request(exchange)
            else:
                exchange.filters_run = len(chain.steps)
            if response is None:
                if chain.request_body_hooks:
                    await chain.wrap_request_body(exchange)
                response = await (route.cache or exchange.origin or route.origin).fetch(exchange)
        except AnsweredInBody as answer:
            response = answered(answer.hook, exchange, answer.response)
        except ProxyError as error:
            response = self._failure(exchange, error)
        except Exception as error:
            log.exception("exchange %s failed", exchange.id)
            response = self._failure(exchange, ProxyError(str(error)))
        if exchange.filters_run:
            response = await self._filtered(exchange, response)
        exchange.response = response
        return response

    async def _filtered(self, exchange: Exchange, response: Response) -> Response:
        """Run the response's half of the chain; a filter that fails here takes the answer's place."""
        route = exchange.route
        assert route is not None
        chain = route.chain
        try:
            if chain.response_hooks:
                response = await chain.response(exchange, response)
            if chain.response_body_hooks and _may_have_body(exchange, response):
                await chain.wrap_response_body(exchange, response)
        except ProxyError as error:
            discard(response)
            response = self._failure(exchange, error)
        except BaseException:  # The client left while a filter was thinking.
            discard(response)
            raise
        return response

    def _failure(self, exchange: Exchange, error: ProxyError) -> Response:
        exchange.answered_by, exchange.reason = "proxy", error.reason
        exchange.decide("proxy", "failed", error.reason, str(error))
        pages = exchange.route.error_pages if exchange.route is not None else self._error_pages
        return local_answer(error.status, exchange.id, pages)

    def complete(self, exchange: Exchange, error: ProxyError | None = None) -> None:
        """Close the books on an exchange; `error` is what cut it after its head was out, or before any answer."""
        exchange.finished_at = monotonic()
        if error is not None:
            exchange.reason = error.reason
        route = exchange.route
        if route is not None and route.chain.complete_hooks:
            route.chain.complete(exchange)
        self._traffic.finished(exchange)
        if self._access_log is not None:
            self._access_log.write(exchange)


def _hit_exchange(request: Request, client: Client, route: Route, begun_at: float, sent_bytes: int) -> Exchange:
    """Make up the exchange that an instant hit does without, for the log."""
    exchange = Exchange(request, client)
    exchange.started_at, exchange.route, exchange.response = begun_at, route, Response(200)
    exchange.answered_by, exchange.reason, exchange.cache_result = "cache", FRESH.reason, "hit"
    exchange.cache_verdict = FRESH
    exchange.sent_bytes = sent_bytes
    exchange.finished_at = monotonic()
    return exchange


def _may_have_body(exchange: Exchange, response: Response) -> bool:
    return not exchange.request.to_head and response.status not in BODYLESS


def _check(exchange: Exchange, route: Route) -> None:
    """Refuse what the route does not take, though the listener did."""
    request, body = exchange.request, exchange.request.body
    if request.method not in KNOWN_METHODS and request.method not in route.methods_allowed:
        raise UnknownMethod(f"unknown method {request.method}")
    if body is not None and not isinstance(body, bytes) and (body.length or 0) > route.limits.body_bytes:
        raise BodyTooLarge(f"Content-Length is over {route.limits.body_bytes} bytes")
    if _is_over_limit(request, route):
        raise HeaderTooLarge("the header section is over the route's limit")


def _is_over_limit(request: Request, route: Route) -> bool:
    limits = route.limits
    return request.field_count > limits.header_count or request.head_bytes > limits.header_bytes
