"""Sub-requests: the proxy's own routes answer a function, filters, cache and upstream, and no client has a part in it.

They stand in metrics and access log as requests of the listener and the route, with their parent's id in their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from proxy.body import collect
from proxy.chain import discard
from proxy.errors import BodyTooLarge, ClientGone, ProxyError
from proxy.exchange import Exchange
from proxy.http1.framing import BODYLESS
from proxy.messages import Response
from proxy.pipeline import Pipeline
from proxy.route import Route
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.listeners import Listeners
from wasm_host.functions.network.subexchange import Subexchange, subexchange
from wasm_host.functions.network.underway import begin
from wasm_host.functions.services import HttpAnswer, HttpAsk
from wasm_host.functions.settings import FunctionLimits


class RouteSubrequests:
    """Those of one version of a function, which may use `routes`, by name, and no others."""

    def __init__(self, function: str, routes: Iterable[str], limits: FunctionLimits, listeners: Listeners) -> None:
        self._routes, self._limits, self._listeners = frozenset(routes), limits, listeners
        self._task_name = f"sub-request of {function}"

    def fetch(self, exchange: Exchange, ask: HttpAsk) -> asyncio.Task[HttpAnswer]:
        """Begin at once; raises HostcallFailed for what never becomes an exchange."""
        pipeline = self._listeners.pipeline(exchange.client.listener)
        own = subexchange(exchange, ask)
        self._check(pipeline.router.find(own.request, own.client), ask)
        asked_s = self._limits.http_s if ask.timeout_s is None else ask.timeout_s
        return begin(self._run(pipeline, own, min(asked_s, self._limits.http_s)), self._task_name)

    def _check(self, route: Route | None, ask: HttpAsk) -> None:
        if route is None or route.name not in self._routes:
            found = "no route" if route is None else f"route {route.name}"
            raise HostcallFailed("not_allowed", f"{ask.method} {ask.url} leads to {found}, not to one of `routes`")
        most_bytes = min(self._limits.http_bytes, route.limits.body_bytes)
        if len(ask.body) > most_bytes:
            raise HostcallFailed("too_large", f"the sub-request's body has more than {most_bytes} bytes")

    async def _run(self, pipeline: Pipeline, exchange: Subexchange, seconds: float) -> HttpAnswer:
        pipeline.begin(exchange)
        error: ProxyError | None = ClientGone("the function gave its sub-request up")
        try:
            async with asyncio.timeout(seconds):
                response = await pipeline.answer(exchange)
                body = await self._body(exchange, response)
            error = None
        except TimeoutError as late:
            raise HostcallFailed("timeout", f"no whole answer to {exchange.id} within {seconds:g} s") from late
        except ProxyError as broken:
            error = broken
            raise HostcallFailed("too_large" if isinstance(broken, BodyTooLarge) else "failed", str(broken)) from broken
        finally:
            pipeline.complete(exchange, error)
        return HttpAnswer(response.status, tuple(response.headers.items()), body)

    async def _body(self, exchange: Subexchange, response: Response) -> bytes:
        if exchange.request.to_head or response.status in BODYLESS:
            discard(response)
            return b""
        try:
            body = await collect(response.body, self._limits.http_bytes)
        except BaseException:
            discard(response)
            raise
        exchange.sent_bytes = len(body)
        return body
