"""The edge functions of one graph: made or kept, swapped, shown, called for the admin, and closed together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from config.configuration import Configuration
from config.deployed import Deployed
from config.function_house import House, Tenant, house_settings
from config.function_invocation import invoked
from config.function_origins import AnyFunctionOrigin, function_origin, sticky_by
from config.function_recipes import Alias, Menu, Recipe, menus
from config.schema import Route
from proxy.errors import GuestError, StartError
from proxy.functions import Functions, TellLine
from proxy.listener import Graph, ListenerSpec, pipeline_of
from proxy.metrics import Registry
from wasm_host.functions.catalogue import Catalogue
from wasm_host.functions.deployment import Deployment, Runnable, Share


def edge_functions(
    configuration: Configuration, registry: Registry, deployed: Deployed, previous: Graph | None
) -> EdgeFunctions | None:
    """Make a graph's functions, None where the configuration has none.

    One that cannot run answers 503, unless it has changed just now, or is from a file: then this raises StartError.
    """
    functions = configuration.config.functions
    if functions is None:
        return None
    former = None if previous is None else cast("EdgeFunctions | None", previous.functions)
    settings = house_settings(configuration, functions)
    house = House(settings, registry) if former is None or former.house.settings != settings else former.house
    made = EdgeFunctions(house, registry)
    try:
        # Nothing is refused where nothing serves yet: a worker that starts serves what can be served.
        made.fill(menus(configuration, deployed.state), () if previous is None else deployed.changed)
    except BaseException:
        made.abandon()
        raise
    return made


class EdgeFunctions(Functions):
    """`listeners` are those of the graph, whose routes answer sub-requests."""

    def __init__(self, house: House, registry: Registry) -> None:
        self.house, self._registry = house, registry
        house.graphs += 1
        self.listeners: Sequence[ListenerSpec] = ()
        self.catalogue = Catalogue()
        self._tenants: list[Tenant] = []
        self._closed = False

    def fill(self, menus: Iterator[tuple[str, Menu]], must_run: Collection[str]) -> None:
        """Take in what there is; raises StartError."""
        deployments: list[Deployment] = []
        for name, menu in menus:
            versions = {version: self._held(each, must_run) for version, each in menu.recipes.items()}
            deployments += [_deployment(name, alias, each, versions) for alias, each in menu.aliases.items()]
        self.catalogue = Catalogue(deployments)

    def _held(self, recipe: Recipe, must_run: Collection[str]) -> Runnable:
        try:
            tenant = self.house.hold(recipe)
        except (GuestError, StartError) as error:
            if recipe.deployed is None or recipe.name in must_run:
                raise StartError(f"function {recipe.name}: {error}") from error
            tenant = self.house.hold_broken(recipe, error)
        self._tenants.append(tenant)
        return tenant.function

    def origin(self, route: Route) -> AnyFunctionOrigin:
        return function_origin(route, self.catalogue)

    async def start(self) -> None:
        await self.house.start()

    def take_over(self, tell: TellLine) -> None:
        self.house.tell = tell
        self.house.listeners.pipelines = {spec.name: pipeline_of(spec, self._registry) for spec in self.listeners}

    def describe(self) -> dict[str, dict[str, Any]]:
        return {
            name: {"versions": [each.describe() for each in self.catalogue.versions(name)]}
            for name in self.catalogue.names()
        }

    async def invoke(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        listener = self.listeners[0].name if self.listeners else ""
        return await invoked(self.catalogue, name, request, listener)

    def reopen_logs(self) -> None:
        self.house.audit.reopen()

    async def close(self) -> None:
        if not self._closed:
            self._closed = True
            await self.house.let_go(self._tenants)

    def abandon(self) -> None:
        """Let go of everything, where nothing was started: the graph was not built after all."""
        if not self._closed:
            self._closed = True
            self.house.abandon(self._tenants)


def _deployment(name: str, alias: str, target: Alias, versions: Mapping[str, Runnable]) -> Deployment:
    shares = [Share(versions[each.version], each.percent) for each in target.shares]
    return Deployment(name, alias, shares, sticky_by(target.sticky))
