"""From a configuration to the runtime that an aiohttp application mounts (proxy/embed.py)."""

from __future__ import annotations

import os
import pathlib

from config.build import build
from config.deployed import Deployed
from config.function_store import deployed_in
from config.load import read
from config.own_modules import import_from
from config.problems import located, nearest
from config.surroundings import surroundings_to_serve
from proxy.embed import Runtime
from proxy.errors import StartError
from proxy.listener import Graph, ListenerSpec
from proxy.metrics import Registry


def runtime_from_file(path: str | os.PathLike[str], listener: str | None = None) -> Runtime:
    """Read a file and build what one listener serves; raises StartError that says all that is wrong.

    Without a name the file's only listener is meant. Its address is not opened.
    """
    file = pathlib.Path(path)
    import_from(file.parent)
    report = read(file, around=surroundings_to_serve)
    if report.configuration is None:
        raise StartError("\n".join(located(file, error) for error in report.errors))
    registry = Registry()
    deployed = Deployed(deployed_in(report.configuration))
    return runtime_of(build(report.configuration, registry, deployed=deployed), registry, listener)


def runtime_of(graph: Graph, registry: Registry, listener: str | None = None) -> Runtime:
    """Make the runtime of one listener of a graph that was built with this registry; raises StartError."""
    return Runtime(_chosen(graph, listener), registry, graph.upstreams, graph.modules, graph.caches, graph.functions)


def _chosen(graph: Graph, name: str | None) -> ListenerSpec:
    if name is None:
        if len(graph.listeners) != 1:
            raise StartError("several listeners: name the one to mount" + nearest("", _names(graph)))
        return graph.listeners[0]
    for spec in graph.listeners:
        if spec.name == name:
            return spec
    raise StartError(f"no listener {name!r}" + nearest(name, _names(graph)))


def _names(graph: Graph) -> list[str]:
    return [spec.name for spec in graph.listeners]
