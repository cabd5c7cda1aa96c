"""The admin's application: every endpoint of the table, behind the guard."""

from __future__ import annotations

from aiohttp import web

from proxy.admin.answers import dress
from proxy.admin.edge_pages import EdgePages
from proxy.admin.endpoints import ENDPOINTS
from proxy.admin.guard import Guard
from proxy.admin.pages import Pages


def application(pages: Pages, edge: EdgePages, guard: Guard) -> web.Application:
    app = web.Application(middlewares=[guard.note, guard.explain, guard.admit])
    for endpoint in ENDPOINTS:
        page = getattr(edge if hasattr(edge, endpoint.page) else pages, endpoint.page)
        if endpoint.method == "GET":
            app.router.add_get(endpoint.path, page, expect_handler=_ask_later)  # and HEAD
        else:
            app.router.add_route(endpoint.method, endpoint.path, page, expect_handler=_ask_later)
    app.on_shutdown.append(edge.end)
    app.on_response_prepare.append(_dressed)
    return app


async def _ask_later(_: web.Request) -> None:
    """Leave a body to whoever reads it: a caller who may not call is not asked for one."""


async def _dressed(_: web.Request, answer: web.StreamResponse) -> None:
    """Dress those too that no middleware sees: refusals of Expect."""
    dress(answer)
