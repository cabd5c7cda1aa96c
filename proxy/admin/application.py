"""The admin's application: every endpoint of the table, behind the guard."""

from __future__ import annotations

from aiohttp import web

from proxy.admin.answers import dress
from proxy.admin.endpoints import ENDPOINTS
from proxy.admin.guard import Guard
from proxy.admin.pages import Pages


def application(pages: Pages, guard: Guard) -> web.Application:
    app = web.Application(middlewares=[guard.note, guard.explain, guard.admit])
    for endpoint in ENDPOINTS:
        add = app.router.add_get if endpoint.method == "GET" else app.router.add_post
        add(endpoint.path, getattr(pages, endpoint.page), expect_handler=_ask_later)
    app.on_response_prepare.append(_dressed)
    return app


async def _ask_later(_: web.Request) -> None:
    """Leave a body to whoever reads it: a caller who may not call is not asked for one."""


async def _dressed(_: web.Request, answer: web.StreamResponse) -> None:
    """Dress those too that no middleware sees: refusals of Expect."""
    dress(answer)
