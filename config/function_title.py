"""Says for people which function would answer a request, and by which version."""

from __future__ import annotations

from config.configuration import Configuration
from config.function_options import NamedFunction
from config.function_store import deployed_in
from config.schema import Route
from proxy.errors import StartError


def function_title(configuration: Configuration, path: str, route: Route) -> str:
    """Name the function of a route that ends in one, and what its alias points at."""
    called, prefix = route.function, route.match.path
    assert called is not None
    name = called.name or _behind("" if prefix is None else prefix.prefix or "", path)
    functions = configuration.config.functions
    own = NamedFunction() if functions is None else functions.named.get(name, NamedFunction())
    if own.module is not None:
        return f"{name}: from {own.module.path}"
    return f"{name}, alias {called.alias}: {_versions(configuration, name, called.alias)}"


def _behind(prefix: str, path: str) -> str:
    return path[len(prefix.rstrip("/")) + 1 :].partition("/")[0]


def _versions(configuration: Configuration, name: str, alias: str) -> str:
    try:
        deployed = deployed_in(configuration)
    except StartError as error:
        return str(error)
    split = deployed.get(name, {}).get("aliases", {}).get(alias)
    if split is None:
        return "not deployed"
    shares = [(each["version"], each["percent"]) for each in split["versions"]]
    return ", ".join(f"version {version}{'' if percent == 100 else f', {percent} %'}" for version, percent in shares)
