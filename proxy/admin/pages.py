"""The admin's pages, and the two things that it can be told to do."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any, Final, Protocol

from aiohttp import hdrs, web

from proxy.admin.cache_page import together
from proxy.admin.index import index_page
from proxy.admin.near import near
from proxy.admin.purge_order import BadOrder, read_order
from proxy.exposition import render
from proxy.metrics import Snapshot

PAGES: Final = {
    "/metrics": "metrics of all workers, for Prometheus",
    "/healthz": "whether the supervisor runs, and its workers",
    "/readyz": "200 while every worker is ready, else 503",
    "/routes": "the routes in the order in which they are tried",
    "/upstreams": "endpoints and their connections, as each worker sees them",
    "/cache": "the caches: what all workers hold of each, and what each worker does",
    "/wasm": "the WASM filters: module, ABI and instances, as each worker has them",
    "/config": "the configuration that is running, secrets masked",
}


class Sources(Protocol):
    """What the supervisor knows."""

    def why_not_ready(self) -> str | None: ...
    def workers(self) -> list[dict[str, Any]]: ...
    def worker_pids(self) -> Sequence[int]: ...
    async def snapshot(self) -> Snapshot: ...
    async def upstreams(self) -> dict[str, list[Any]]: ...
    async def caches(self) -> dict[str, list[Any]]: ...
    async def purge(self, order: Mapping[str, Any]) -> list[dict[str, Any]]: ...
    async def wasm(self) -> dict[str, list[Any]]: ...
    async def swap_module(self, filter: str) -> list[dict[str, Any]]: ...


class Pages:
    def __init__(self, sources: Sources, routes: Callable[[], Any], config: Callable[[], Any]) -> None:
        self._sources, self._routes, self._config = sources, routes, config

    async def index(self, _: web.Request) -> web.Response:
        page = index_page(PAGES, self._sources.why_not_ready(), self._sources.workers())
        return web.Response(text=page, content_type="text/html")

    async def metrics(self, request: web.Request) -> web.Response:
        snapshot = await self._sources.snapshot()
        text, content_type = render(snapshot, self._sources.worker_pids(), request.headers.get(hdrs.ACCEPT, ""))
        return web.Response(body=text, headers={hdrs.CONTENT_TYPE: content_type})

    async def healthz(self, _: web.Request) -> web.Response:
        return _json({"status": "ok", "workers": self._sources.workers()})

    async def readyz(self, _: web.Request) -> web.Response:
        why_not = self._sources.why_not_ready()
        if why_not is not None:
            return _json({"status": "not ready", "reason": why_not}, status=503)
        return _json({"status": "ready"})

    async def routes(self, _: web.Request) -> web.Response:
        return _json(self._routes())

    async def upstreams(self, _: web.Request) -> web.Response:
        return _json(await self._sources.upstreams())

    async def cache(self, _: web.Request) -> web.Response:
        return _json({name: together(states) for name, states in (await self._sources.caches()).items()})

    async def purge(self, request: web.Request) -> web.Response:
        """Purge in every worker. 503 where one did not answer: the order may be given again."""
        try:
            order = read_order(await request.read(), await self._sources.caches())
        except BadOrder as error:
            return _json({"error": str(error), "field": error.field}, status=400)
        outcomes = await self._sources.purge(order.message())
        everywhere = all("caches" in each for each in outcomes)
        return _json({**order.message(), "workers": outcomes}, status=200 if everywhere else 503)

    async def wasm(self, _: web.Request) -> web.Response:
        return _json(await self._sources.wasm())

    async def reload_wasm(self, request: web.Request) -> web.Response:
        """Read a filter's module anew. 422 where it is refused: nothing has changed then."""
        name, known = request.match_info["filter"], await self._sources.wasm()
        if name not in known:
            return _json({"error": f"there is no WASM filter {name}{near(name, known)}"}, status=404)
        outcomes = await self._sources.swap_module(name)
        swapped = all(each["outcome"] == "swapped" for each in outcomes)
        return _json({"filter": name, "workers": outcomes}, status=200 if swapped else 422)

    async def config(self, _: web.Request) -> web.Response:
        return _json(self._config())


def application(sources: Sources, routes: Callable[[], Any], config: Callable[[], Any]) -> web.Application:
    """Make the admin's application."""
    pages = Pages(sources, routes, config)
    app = web.Application(middlewares=[_errors_are_json, _no_foreign_names, _no_web_page_changes_anything])
    app.router.add_get("/", pages.index)
    for path in PAGES:
        app.router.add_get(path, getattr(pages, path[1:]))
    app.router.add_post("/cache/purge", pages.purge)
    app.router.add_post("/wasm/{filter}/reload", pages.reload_wasm)
    return app


def _json(value: object, *, status: int = 200) -> web.Response:
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    return web.Response(text=text, status=status, content_type="application/json")


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _errors_are_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return _json({"error": f"there is no {request.path}", "pages": PAGES}, status=404)
    except web.HTTPMethodNotAllowed as error:
        answer = _json({"error": f"{request.method} is not for {request.path}"}, status=405)
        answer.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
        return answer


@web.middleware
async def _no_foreign_names(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a Host that is neither an IP address nor localhost.

    A web page may bind its own name to 127.0.0.1 and then read what its visitor's browser finds there.
    """
    if not _is_ours(request.host):
        return _json({"error": "use an IP address or localhost to reach the admin"}, status=421)
    return await handler(request)


@web.middleware
async def _no_web_page_changes_anything(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a page has its visitor's browser send: it names its origin with every POST (Fetch §3.2)."""
    if request.method == hdrs.METH_POST and hdrs.ORIGIN in request.headers:
        return _json({"error": "no web page may change anything here"}, status=403)
    return await handler(request)


def _is_ours(authority: str) -> bool:
    host = authority.rpartition(":")[0] if not authority.endswith("]") and ":" in authority else authority
    if host in ("", "localhost"):
        return True
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
