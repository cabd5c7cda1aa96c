"""The directory of deployed functions as the configuration names it, what it holds, and who calls which of them."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping
from typing import Any, cast

from config.configuration import Configuration
from config.function_options import FunctionFilterOptions, RouteFunction
from config.paths import Path
from proxy.errors import StartError
from wasm_host.functions.registry.errors import RegistryError


def store_of(configuration: Configuration) -> pathlib.Path | None:
    functions = configuration.config.functions
    return None if functions is None or functions.store is None else configuration.directory / functions.store


def deployed_in(configuration: Configuration) -> Mapping[str, Any]:
    """Return the state of the functions that are deployed, none without a store; raises StartError."""
    store = store_of(configuration)
    if store is None:
        return {}
    from wasm_host.functions.registry.registry import state_of  # With its database.

    try:
        return state_of(store)
    except RegistryError as error:
        raise StartError(f"functions.store: {error}") from error


def called(configuration: Configuration) -> Iterator[tuple[str, Path, RouteFunction]]:
    """Yield each function that something names, with the route's name, empty in a named filter, and the place."""
    for index, route in enumerate(configuration.config.routes):
        if route.function is not None:
            yield route.name, Path(("routes", index, "function")), route.function
    for spot in configuration.spots:
        if spot.type_name == "function":
            inside = configuration.config.routes[spot.path[1]].name if spot.path[0] == "routes" else ""
            yield (
                inside,
                spot.place(Path(("function",))),
                cast(FunctionFilterOptions, configuration.options[spot.path]).called,
            )
