"""Penstock inside an aiohttp application: a pipeline of its own, or only a chain of filters around its handlers.

app.router.add_route("*", "/{path:.*}", penstock_handler(runtime))
app = web.Application(middlewares=[penstock_middleware(chain)])
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Protocol

from aiohttp import web

from proxy.cache.cache import Cache
from proxy.chain import Chain
from proxy.embedded.handler_origin import HandlerOrigin
from proxy.embedded.head import client_of
from proxy.embedded.visit import Handler, Visit
from proxy.errors import ClientError, NoRoute, ProxyError
from proxy.exchange import Client
from proxy.functions import Functions
from proxy.limits import Limits
from proxy.listener import ListenerSpec, intake_rules
from proxy.match import Match
from proxy.messages import Request
from proxy.metrics import Registry
from proxy.modules import Modules
from proxy.pipeline import Pipeline
from proxy.route import Route, Router
from proxy.traffic import Traffic
from proxy.upstream.upstream import Upstream

__all__ = ["Runtime", "penstock_handler", "penstock_middleware"]


class Runtime:
    """One listener's pipeline, and what it stands on: upstreams, registry, WASM modules, caches and edge functions.

    `config.embedding` makes it. The listener's limits, trusted hops and access log hold; where clients connect, TLS and
    all, is the application's affair.
    """

    def __init__(
        self,
        spec: ListenerSpec,
        registry: Registry,
        upstreams: Mapping[str, Upstream] | None = None,
        modules: Modules | None = None,
        caches: Mapping[str, Cache] | None = None,
        functions: Functions | None = None,
    ) -> None:
        self.spec, self.registry, self.upstreams, self.modules = spec, registry, upstreams or {}, modules
        self.caches, self.functions = caches or {}, functions
        self.pipeline = Pipeline(
            spec.router, Traffic(registry, spec.name), error_pages=spec.error_pages, access_log=spec.access_log
        )
        self.rules = intake_rules(spec)

    async def lifespan(self, app: web.Application) -> AsyncIterator[None]:
        """Start and close with the application: `app.cleanup_ctx.append(runtime.lifespan)`."""
        if self.modules is not None:
            self.modules.start()
        for cache in self.caches.values():
            await cache.start()
        if self.functions is not None:
            await self.functions.start()
            self.functions.take_over(lambda _: None)  # Nobody listens but the log.
        yield
        await self.close()

    async def close(self) -> None:
        """Close guests, caches, idle connections and the access log; exchanges under way end by themselves."""
        if self.modules is not None:
            await self.modules.close()
        if self.functions is not None:
            await self.functions.close()
        for cache in self.caches.values():
            await cache.close()
        for upstream in self.upstreams.values():
            upstream.close()
        if self.spec.access_log is not None:
            self.spec.access_log.close()


def penstock_handler(runtime: Runtime, *, prefix: str = "") -> Handler:
    """Return a handler that answers by the pipeline.

    A `prefix` such as `/api` is taken off the path before routes are matched; what is not below it is 404.
    """
    prefix = prefix.rstrip("/")

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            visit = Visit(request, runtime.rules, runtime.spec.name)
            if prefix:
                _take_off(prefix, visit.exchange.request)
        except (ClientError, NoRoute) as error:
            return _refusal(runtime.pipeline, error, client_of(request, runtime.spec.name))
        return await visit.serve(runtime.pipeline)

    return handle


def _take_off(prefix: str, request: Request) -> None:
    if request.path != prefix and not request.path.startswith(prefix + "/"):
        raise NoRoute(f"the path is not below {prefix}")
    request.path = request.path[len(prefix) :] or "/"


class Middleware(Protocol):
    """What aiohttp takes for a middleware."""

    async def __call__(self, request: web.Request, handler: Handler) -> web.StreamResponse: ...


def penstock_middleware(chain: Chain, *, limits: Limits | None = None, registry: Registry | None = None) -> Middleware:
    """Return a middleware that runs a chain around the application's handlers, which are its origin.

    `limits` hold for heads, and for bodies that a filter reads.
    """
    limits = limits or Limits()
    route = Route("application", Match(), chain, HandlerOrigin(), limits)
    spec = ListenerSpec("application", "", limits, Router([route]))
    runtime = Runtime(spec, registry or Registry())

    @web.middleware
    async def penstock(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            visit = Visit(request, runtime.rules, spec.name, handler)
        except ClientError as error:
            return _refusal(runtime.pipeline, error, client_of(request, spec.name))
        return await visit.serve(runtime.pipeline)

    return penstock


def _refusal(pipeline: Pipeline, error: ProxyError, client: Client) -> web.Response:
    """Answer what never became an exchange, and end the connection."""
    exchange_id = pipeline.refused(error, client)
    text = f"{error.status} {HTTPStatus(error.status).phrase}\nid: {exchange_id}\n"
    response = web.Response(status=error.status, text=text, headers={"X-Request-Id": exchange_id})
    response.force_close()
    return response
