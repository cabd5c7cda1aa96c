"""A directory with a configuration and a store of functions, and the graphs that a worker makes of them."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from config.functions import EdgeFunctions
from config.order import Reader, Reading
from config.worker import graph
from kit.deploying import saying
from kit.exchanges import make_exchange
from kit.registered import sha256
from proxy.listener import Graph, pipeline_of
from proxy.metrics import Registry
from wasm_host.functions.registry.version import settings_of, version_id


class FunctionSite:
    """`data` is what the file says, `state` the functions that are deployed; a version is a word that it answers with.

    `lines` are what functions log.
    """

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory, self.registry = directory, Registry()
        self.blobs = directory / "functions" / "blobs"
        self.blobs.mkdir(parents=True)
        self.data: dict[str, Any] = {
            "version": 1,
            "listeners": [{"name": "public", "address": "127.0.0.1:0"}],
            "functions": {"store": "functions"},
            "routes": [{"name": "hello", "match": {"path": {"exact": "/hello"}}, "function": "hello"}],
        }
        self.state: dict[str, Any] = {}
        self.graphs: list[Graph] = []
        self.lines: list[dict[str, Any]] = []
        self._reader, self._mark = Reader(), 0
        self.order: dict[str, Any] = {}

    def deploy(self, name: str, *words: str, alias: str = "live", wasm: bytes | None = None, **metadata: Any) -> str:
        """Let an alias point at one version, or at two by halves; returns the id of the last one."""
        versions = {}
        for word in words:
            module = wasm or saying(word)
            (self.blobs / f"{sha256(module)}.wasm").write_bytes(module)
            said = settings_of(metadata)
            versions[version_id(sha256(module), said)] = {"module": sha256(module), **said}
        shares = [{"version": id, "percent": 100 // len(versions)} for id in versions]
        function = self.state.setdefault(name, {"aliases": {}, "versions": {}})
        function["aliases"][alias] = {"versions": shares}
        pointed_at = {share["version"] for each in function["aliases"].values() for share in each["versions"]}
        every = function["versions"] | versions
        function["versions"] = {id: every[id] for id in every if id in pointed_at}
        return list(versions)[-1]

    def read(self, *, changed: tuple[str, ...] | None = None) -> Reading:
        """Read an order as at a reload, or as at a deploy of what has `changed`."""
        self._mark += changed is None
        told = {"file": str(self.directory / "penstock.yaml"), "text": json.dumps(self.data), "mark": str(self._mark)}
        self.order = json.loads(json.dumps({**told, "functions": self.state, "changed": changed or ()}))
        return self._reader(self.order)

    def build(self, *, changed: tuple[str, ...] | None = None) -> Graph:
        """Build beside the graph before; raises StartError."""
        return graph(self.read(changed=changed), self.registry, self.graphs[-1] if self.graphs else None)

    async def turn(self, *, changed: tuple[str, ...] | None = None) -> EdgeFunctions:
        """Build, and put in the place of the graph before, as a worker does."""
        made = self.build(changed=changed)
        functions = made.functions
        assert isinstance(functions, EdgeFunctions)
        await functions.start()
        functions.take_over(self.lines.append)
        self.graphs.append(made)
        if len(self.graphs) > 1 and (before := self.graphs[-2].functions) is not None:
            await before.close()
        return functions

    async def ask(self, target: str = "/hello", method: str = "GET", **how: Any) -> str:
        """Return what the routes of the last graph answer: a body, or the reason of a failure."""
        spec = self.graphs[-1].listeners[0]
        exchange = make_exchange(method, target, route=None, **how)
        pipeline = pipeline_of(spec, self.registry)
        pipeline.begin(exchange)
        response = await pipeline.answer(exchange)
        assert isinstance(response.body, bytes) or response.status == 200
        body = response.body if isinstance(response.body, bytes) else b"".join([each async for each in response.body])
        return exchange.reason if exchange.answered_by == "proxy" else body.decode("latin-1")

    async def close(self) -> None:
        for each in self.graphs:
            if each.functions is not None:
                await each.functions.close()
            if each.modules is not None:
                await each.modules.close()
