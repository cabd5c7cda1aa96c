"""What the admin's /routes shows: the routes in the order in which they are tried, secrets masked."""

from __future__ import annotations

from typing import Any

from config.chains import planned
from config.configuration import Configuration
from config.function_options import RouteFunction


def routes_page(configuration: Configuration) -> list[dict[str, Any]]:
    config = configuration.config
    shown = configuration.secrets.masked()["routes"]
    return [
        {
            "name": route.name,
            "listeners": [listener.name for listener in config.listeners if listener.has(route)],
            "match": written.get("match") or {},
            "filters": [
                {"name": step.name, "type": step.type_name, "conditional": step.when is not None} for step in plan
            ],
            "cache": None if route.cache is None else route.cache.use,
            "function": None if route.function is None else _function(route.function),
            "upstreams": [{"name": each.name, "weight": each.weight} for each in route.upstream],
        }
        for route, written, plan in zip(config.routes, shown, planned(configuration), strict=True)
    ]


def _function(function: RouteFunction) -> dict[str, Any]:
    """Show which one answers; its name is null where the request's path says it."""
    return {"name": function.name, "alias": function.alias}
