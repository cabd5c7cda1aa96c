"""An aiohttp application on a free port, as its users would serve it."""

from __future__ import annotations

import asyncio
import os
import pathlib
from typing import Any, Self

from aiohttp import web

from config.build import build
from config.embedding import runtime_of
from config.load import check
from kit.leaks import BlockWatch
from kit.wire import Wire, connect
from proxy.chain import Chain, Step
from proxy.embed import Runtime, penstock_handler, penstock_middleware
from proxy.filter import Filter
from proxy.metrics import Registry


class Mounted:
    """Serves an application while the block runs; fails it if something blocked the loop."""

    def __init__(self, app: web.Application, **server: Any) -> None:
        self._runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None, **server)
        self._wires: list[Wire] = []
        self._watch = BlockWatch()

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.address: tuple[str, int] = self._runner.addresses[0]
        self._watch.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._watch.stop()
        for wire in self._wires:
            wire.reset()
        await asyncio.sleep(0)
        await self._runner.cleanup()
        if kind is None:
            assert self._watch.longest_s <= self._watch.bound_s, "something blocked the loop"

    async def connect(self, **how: Any) -> Wire:
        wire = await connect(self.address, **how)
        self._wires.append(wire)
        return wire

    def url(self, target: str = "/", *, scheme: str = "http") -> str:
        return f"{scheme}://{self.address[0]}:{self.address[1]}{target}"


def runtime(text: str, *filters: Filter) -> Runtime:
    """Build the runtime of a configuration's listener; `filters` take the place of every route's chain."""
    report = check(text, pathlib.Path.cwd(), os.environ)
    assert report.configuration is not None, [str(error) for error in report.errors]
    registry = Registry()
    made = runtime_of(build(report.configuration, registry), registry)
    if filters:
        for route in made.spec.router.routes:
            route.chain = Chain([Step(each) for each in filters])
    return made


def mounted(
    text: str, *filters: Filter, path: str = "/{path:.*}", prefix: str = "", server: dict[str, Any] | None = None
) -> Mounted:
    """Mount a configuration's pipeline in an application that has nothing else."""
    return Mounted(application(runtime(text, *filters), path=path, prefix=prefix), **(server or {}))


def application(runtime: Runtime, *, path: str = "/{path:.*}", prefix: str = "") -> web.Application:
    app = web.Application(handler_args={"auto_decompress": False})
    app.cleanup_ctx.append(runtime.lifespan)
    app.router.add_route("*", path, penstock_handler(runtime, prefix=prefix))
    return app


def around(handler: Any, *filters: Filter, path: str = "/{path:.*}", **options: Any) -> web.Application:
    """Make an application of one handler, with a chain of filters around it."""
    middleware = penstock_middleware(Chain([Step(each) for each in filters]), **options)
    app = web.Application(middlewares=[middleware], handler_args={"auto_decompress": False})
    app.router.add_route("*", path, handler)
    return app


def in_flight(runtime: Runtime) -> int:
    return int(runtime.registry.http_requests_in_flight.child(runtime.spec.name).value)
