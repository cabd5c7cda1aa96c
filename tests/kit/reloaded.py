"""Graphs built one after the other from the configuration of one directory, as a worker builds them at reloads."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any, Final

from config.build import build
from config.load import check
from config.own_modules import renewed
from proxy.filter import Filter
from proxy.listener import Graph
from proxy.metrics import Registry
from proxy.route import Route

BASE: Final[dict[str, Any]] = {
    "version": 1,
    "listeners": [{"name": "public", "address": "127.0.0.1:1"}],
    "filters": {"limit": {"type": "rate_limit", "rate": "2/h"}},
    "upstreams": {"api": {"endpoints": ["127.0.0.1:9"]}, "other": {"endpoints": ["127.0.0.1:8"]}},
    "caches": {"default": {"memory": "64MiB"}},
    "routes": [
        {
            "name": "a",
            "match": {"hosts": ["a"]},
            "filters": ["limit", {"type": "rate_limit", "rate": "1/h"}],
            "upstream": "api",
            "cache": "default",
        },
        {
            "name": "b",
            "match": {"hosts": ["b"]},
            "filters": [{"use": "limit", "with": {"burst": 7}}],
            "upstream": "other",
        },
        {
            "name": "c",
            "match": {"hosts": ["c"]},
            "filters": [{"use": "limit", "with": {"burst": 7}}],
            "upstream": "other",
        },
    ],
}


class Site:
    """A directory with a configuration, and the graphs that are made of it one after the other."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory, self.registry = directory, Registry()
        self.data: dict[str, Any] = json.loads(json.dumps(BASE))
        self.graphs: list[Graph] = []

    def build(self, **top: Any) -> Graph:
        """Build from the data with other sections; raises StartError."""
        self.data |= top
        report = check(json.dumps(self.data), self.directory, os.environ, lambda _: [])
        assert report.configuration is not None, [str(error) for error in report.errors]
        with renewed(self.directory):
            graph = build(report.configuration, self.registry, self.graphs[-1] if self.graphs else None)
        self.graphs.append(graph)
        return graph

    async def turn(self, **top: Any) -> Graph:
        """Build, start and put in the place of the graph before, as a worker does."""
        graph = self.build(**top)
        if graph.modules is not None:
            graph.modules.start()
            graph.modules.take_over()
        if len(self.graphs) > 1 and (before := self.graphs[-2].modules) is not None:
            await before.close()
        return graph

    async def close(self) -> None:
        for graph in self.graphs:
            if graph.modules is not None:
                await graph.modules.close()
        logs = {spec.access_log for graph in self.graphs for spec in graph.listeners}
        for log in logs - {None}:
            log.close()  # type: ignore[union-attr]


def route(graph: Graph, name: str) -> Route:
    return next(each for each in graph.listeners[0].router.routes if each.name == name)


def filters(graph: Graph, name: str) -> list[Filter]:
    return [step.filter for step in route(graph, name).chain.steps]


def with_(section: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return {**section, **changes}
