"""The playhouse's site on a free port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from kit.waf_site.site import application


@asynccontextmanager
async def playhouse() -> AsyncIterator[str]:
    """Serve the site while the block runs; yields its address."""
    async with serving(application()) as address:
        yield address


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"{host}:{port}"
    finally:
        await runner.cleanup()
