"""A named group of origin servers: picks one, sends, and tries again where that is safe."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Protocol

from proxy.chain import discard
from proxy.cookies import find_cookie
from proxy.errors import ConnectFailed, NoHealthyEndpoint, ProxyError, ResetBeforeHeaders
from proxy.exchange import Exchange
from proxy.http1.upstream import UpstreamConnection
from proxy.messages import Request, Response
from proxy.metrics import Registry
from proxy.runtime import Waiter, monotonic
from proxy.upstream.balancer import Hash, LeastRequests, RoundRobin
from proxy.upstream.endpoint import Endpoint, EndpointTls
from proxy.upstream.settings import Balance, EndpointSpec, HashOn, Retries, Timeouts, TlsClient

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PROPFIND", "REPORT", "SEARCH"})
"""Safe to send twice (RFC 9110 §9.2.2)."""


class Balancer(Protocol):
    def pick(self, candidates: Sequence[Endpoint], key: bytes | None) -> Endpoint: ...


class Upstream:
    """An origin: answers exchanges from one of its endpoints. Its hooks' chain is the exchange's route's."""

    plain = True

    def __init__(
        self,
        name: str,
        endpoints: Sequence[EndpointSpec],
        *,
        balance: Balance = "round_robin",
        hash_on: HashOn | None = None,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        retries: Retries = Retries(),  # noqa: B008 - frozen
        tls: TlsClient | None = None,
        registry: Registry,
    ) -> None:
        self.name, self._timeouts, self._retries, self._hash_on = name, timeouts, retries, hash_on
        shared = None if tls is None else EndpointTls(tls.context(), tls.server_name)
        self.endpoints = [Endpoint(name, spec, timeouts, shared, registry) for spec in endpoints]
        self._balancer: Balancer = _balancer(balance)
        self._only = self.endpoints[0] if len(self.endpoints) == 1 else None
        self._reused = registry.upstream_connections_reused.child(name)
        self._retried = registry.upstream_retries.child(name)
        self._duration = registry.upstream_request_duration.child(name)

    async def fetch(self, exchange: Exchange) -> Response:
        """Return the origin's answer; raises UpstreamError, or what broke the request's body."""
        route = exchange.route
        assert route is not None
        chain = route.chain
        exchange.upstream_name = self.name
        tried: list[Endpoint] = []
        fresh = False
        while True:
            endpoint = self._pick(exchange.request, exchange, tried)
            exchange.endpoint = endpoint.name
            exchange.attempts += 1
            if chain.upstream_request_hooks:
                await chain.upstream_request(exchange)
            connection = None if fresh else endpoint.take_idle()
            reused, waiter = connection is not None, None
            endpoint.in_flight += 1
            try:
                if connection is None:
                    connection = await endpoint.connect()
                else:
                    self._reused.value += 1
                waiter = connection.exchange(
                    exchange.request, self._timeouts, route.limits.response_timeout_s, exchange.carrier
                )
                response = await waiter
            except ProxyError as error:
                endpoint.count(0)
                if not self._may_retry(exchange, error, reused=reused, spent=exchange.attempts - fresh):
                    raise
                self._retried.value += 1
                if reused:
                    fresh = True
                else:
                    tried.append(endpoint)
                continue
            except BaseException:
                _give_up(connection, waiter)
                raise
            finally:
                endpoint.in_flight -= 1
            break
        endpoint.count(response.status)
        self._duration.observe(monotonic() - exchange.started_at)
        if response.status == 101:
            exchange.switched_to = connection
        if chain.upstream_response_hooks:
            try:
                await chain.upstream_response(exchange, response)
            except BaseException:
                discard(response)
                raise
        return response

    def choose(self) -> Upstream:
        """Return the upstream that the next exchange goes to, which a cache has to know first."""
        return self

    def _pick(self, request: Request, exchange: Exchange, tried: list[Endpoint]) -> Endpoint:
        if self._only is not None:
            return self._only
        return self._pick_among([each for each in self.endpoints if each not in tried], self._key(request, exchange))

    def pick_for_call(self, key: bytes) -> Endpoint:
        """Return the endpoint for a request that belongs to no exchange; raises NoHealthyEndpoint."""
        return self._only or self._pick_among(self.endpoints, key)

    def _pick_among(self, preferred: Sequence[Endpoint], key: bytes | None) -> Endpoint:
        candidates = preferred or self.endpoints
        if not candidates:
            raise NoHealthyEndpoint(f"upstream {self.name} has no endpoint")
        return self._balancer.pick(candidates, key)

    def _key(self, request: Request, exchange: Exchange) -> bytes | None:
        on = self._hash_on
        if on is None:
            return None
        if on.kind == "client":
            return exchange.client.address.encode()
        if on.kind == "header":
            return request.headers.find(on.name.lower().encode("latin-1"))
        return find_cookie(request.headers, on.name.encode("latin-1"))

    def _may_retry(self, exchange: Exchange, error: ProxyError, *, reused: bool, spent: int) -> bool:
        """Tell whether the origin can have seen nothing, or would not mind seeing it twice, after `spent` attempts."""
        request = exchange.request
        whole = request.body is None or isinstance(request.body, bytes)
        if isinstance(error, ConnectFailed):
            return "connect" in self._retries.on and spent < self._retries.attempts
        if not isinstance(error, ResetBeforeHeaders) or not whole or request.method not in IDEMPOTENT:
            return False
        if "reset" not in self._retries.on:
            return False
        # An idle connection that the origin closed meanwhile is nobody's failure, so it doesn't use up an attempt; the
        # next one is fresh, lest a request that kills connections be sent to every idle one.
        return reused or spent < self._retries.attempts

    def describe(self) -> dict[str, Any]:
        """Return the state of the endpoints for the admin, as JSON."""
        return {"endpoints": [endpoint.describe() for endpoint in self.endpoints]}

    def close(self) -> None:
        for endpoint in self.endpoints:
            endpoint.close()


def _give_up(connection: UpstreamConnection | None, waiter: Waiter[Response] | None) -> None:
    """Free what an exchange held whose client has left.

    Where the response is in already but its Task has not woken yet, the connection may serve another by now.
    """
    if waiter is not None and waiter.done() and waiter.exception() is None:
        late = waiter.result()
        discard(late)
        if late.status != 101:
            return
    if connection is not None:
        connection.abort()


def _balancer(balance: Balance) -> Balancer:
    if balance == "hash":
        return Hash()
    if balance == "least_requests":
        return LeastRequests(random.Random())
    return RoundRobin()


class WeightedOrigin:
    """Chooses one of several origins by weight for each exchange."""

    plain = True

    def __init__(self, origins: Sequence[tuple[Upstream, int]], rng: random.Random | None = None) -> None:
        self._origins = [origin for origin, _ in origins]
        self._weights = [weight for _, weight in origins]
        self._random = rng or random.Random()

    async def fetch(self, exchange: Exchange) -> Response:
        return await self.choose().fetch(exchange)

    def choose(self) -> Upstream:
        """Return the upstream that the next exchange goes to, which a cache has to know first."""
        return self._random.choices(self._origins, self._weights)[0]
