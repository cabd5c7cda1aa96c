"""The admin's pages, and what it can be told to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import hdrs, web

from proxy.admin.answers import Refused, json_answer
from proxy.admin.body import read_body
from proxy.admin.cache_page import together
from proxy.admin.call import CALLER, ORDER
from proxy.admin.change_log import without_query
from proxy.admin.desk import Desk, DeskError
from proxy.admin.endpoints import PLAN, PURGE
from proxy.admin.index import POLICY, index_page
from proxy.admin.near import near
from proxy.admin.purge_order import BadOrder, PurgeOrder, read_order
from proxy.admin.sources import Sources
from proxy.exposition import render


class Pages:
    """Named as the table of endpoints names them. `plan` runs in a thread, once at a time, for it takes a core."""

    def __init__(
        self,
        sources: Sources,
        routes: Callable[[], Any],
        config: Callable[[], Any],
        plan: Callable[[str], dict[str, Any]],
        openapi: dict[str, Any],
        desk: Callable[[], Desk | None],
    ) -> None:
        self._sources, self._routes, self._config, self._plan = sources, routes, config, plan
        self._openapi, self._desk = openapi, desk
        self._planning = asyncio.Lock()

    async def index(self, _: web.Request) -> web.Response:
        sources, functions = self._sources, await self._functions()
        page = index_page(sources.why_not_ready(), sources.workers(), sources.reload_state(), functions)
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    async def _functions(self) -> list[dict[str, Any]]:
        desk = self._desk()
        try:
            found: list[dict[str, Any]] = [] if desk is None else (await desk.list())["functions"]
        except DeskError:  # Their own page says why; this one is for finding out.
            return []
        return found

    async def metrics(self, request: web.Request) -> web.Response:
        snapshot = await self._sources.snapshot()
        text, content_type = render(snapshot, self._sources.worker_pids(), request.headers.get(hdrs.ACCEPT, ""))
        return web.Response(body=text, headers={hdrs.CONTENT_TYPE: content_type})

    async def healthz(self, request: web.Request) -> web.Response:
        if not request[CALLER].may("read"):
            return json_answer({"status": "ok"})
        return json_answer({"status": "ok", "workers": self._sources.workers()})

    async def readyz(self, request: web.Request) -> web.Response:
        why_not = self._sources.why_not_ready()
        if why_not is None:
            return json_answer({"status": "ready"})
        told = {"reason": why_not} if request[CALLER].may("read") else {}
        return json_answer({"status": "not ready", **told}, status=503)

    async def routes(self, _: web.Request) -> web.Response:
        return json_answer(self._routes())

    async def upstreams(self, _: web.Request) -> web.Response:
        return json_answer(await self._sources.upstreams())

    async def cache(self, _: web.Request) -> web.Response:
        return json_answer({name: together(states) for name, states in (await self._sources.caches()).items()})

    async def purge(self, request: web.Request) -> web.Response:
        """Purge in every worker. 503 where one did not answer: the order may be given again."""
        try:
            order = read_order(await read_body(request, PURGE), await self._sources.caches())
        except BadOrder as error:
            return json_answer({"error": str(error), "field": error.field}, status=400)
        request[ORDER] = _without_secrets(order)
        outcomes = await self._sources.purge(order.message())
        everywhere = all("caches" in each for each in outcomes)
        return json_answer({**order.message(), "workers": outcomes}, status=200 if everywhere else 503)

    async def wasm(self, _: web.Request) -> web.Response:
        return json_answer(await self._sources.wasm())

    async def reload_wasm(self, request: web.Request) -> web.Response:
        """Read a filter's module anew. 422 where it is refused: nothing has changed then."""
        name, known = request.match_info["filter"], await self._sources.wasm()
        if name not in known:
            raise Refused(404, f"there is no WASM filter {name}{near(name, known)}")
        request[ORDER] = {"filter": name}
        outcomes = await self._sources.swap_module(name)
        swapped = all(each["outcome"] == "swapped" for each in outcomes)
        return json_answer({"filter": name, "workers": outcomes}, status=200 if swapped else 422)

    async def config(self, _: web.Request) -> web.Response:
        return json_answer(self._config())

    async def reload_state(self, _: web.Request) -> web.Response:
        return json_answer(self._sources.reload_state())

    async def reload(self, request: web.Request) -> web.Response:
        """Read the configuration anew. 422 where it is refused: nothing has changed then."""
        outcome = await self._sources.reload()
        request[ORDER] = {"generation": outcome["generation"]}
        return json_answer(outcome, status=200 if outcome["outcome"] == "reloaded" else 422)

    async def plan(self, request: web.Request) -> web.Response:
        content = await read_body(request, PLAN)
        request[ORDER] = {"bytes": len(content)}
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Refused(400, f"the body is not UTF-8: byte {error.start} is {content[error.start]:#04x}") from None
        async with self._planning:
            return json_answer(await asyncio.to_thread(self._plan, text))

    async def openapi(self, _: web.Request) -> web.Response:
        return json_answer(self._openapi)


def _without_secrets(order: PurgeOrder) -> dict[str, Any]:
    message = order.message()
    return {**message, "value": without_query(message["value"])} if order.purge.kind in ("url", "prefix") else message
