"""Compiles the routes' lists of filters to chains."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from config.conditions import When, predicate
from config.configuration import Configuration
from config.filter_options import Spot
from config.parts import Parts
from config.paths import Path
from config.registry import GUESTS, OF_ONE_GRAPH
from config.schema import NamedStep, OwnStep, Route
from config.stock import Stock
from proxy.chain import Chain, Step
from proxy.errors import StartError
from proxy.filter import Filter
from proxy.hook import OnError


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a route as `explain` shows it and the chain is built from it; `spot` is where its filter stands."""

    name: str
    type_name: str
    spot: Path
    when: When | None
    on_error: OnError


def planned(configuration: Configuration) -> list[list[PlannedStep]]:
    """Return the steps of each route."""
    return [list(_plan(configuration, at, route)) for at, route in enumerate(configuration.config.routes)]


def _plan(configuration: Configuration, index: int, route: Route) -> Iterator[PlannedStep]:
    disabled = {step.use for step in route.filters if isinstance(step, NamedStep) and step.disable}
    for number, step in enumerate(route.filters):
        path = Path(("routes", index, "filters", number))
        if isinstance(step, OwnStep):
            # Named for its place, because filters keep what belongs to an exchange under their names.
            yield PlannedStep(f"{route.name}.{number}.{step.type}", step.type, path, step.when, step.on_error)
        elif step.use not in disabled:
            defined = configuration.config.filters[step.use]
            spot = path if step.options else Path(("filters", step.use))
            yield PlannedStep(step.use, defined.type, spot, step.when, step.on_error or defined.on_error)


class Chains:
    """Every route's chain; `of_routes` goes by the route's place in the list."""

    def __init__(self, configuration: Configuration, parts: Parts, stock: Stock) -> None:
        self._configuration, self._parts, self._stock = configuration, parts, stock
        self._spots = {spot.path: spot for spot in configuration.spots}
        self._made: dict[Path, Filter] = {}
        durations = parts.registry.filter_duration
        self.of_routes = [Chain(self._steps(plan), durations) for plan in planned(configuration)]

    def _steps(self, plan: Sequence[PlannedStep]) -> list[Step]:
        steps: list[Step] = []
        for planned in plan:
            filter = self._filter(planned, {id(step.filter) for step in steps})
            steps.append(Step(filter, None if planned.when is None else predicate(planned.when), planned.on_error))
        return steps

    def _filter(self, step: PlannedStep, in_chain: Collection[int]) -> Filter:
        """Make a filter, or return the one that another route uses as it is.

        A WASM filter that a chain has twice is two filters, for its guests know an exchange once.
        """
        found = self._made.get(step.spot)
        if found is None or (step.type_name in GUESTS and id(found) in in_chain):
            found = self._made[step.spot] = self._new_or_kept(step, self._spots[step.spot])
        return found

    def _new_or_kept(self, step: PlannedStep, spot: Spot) -> Filter:
        """Make a filter, or take that of the graph before; raises StartError."""
        stock, key = self._stock, ("filter", step.type_name, step.name, self._owner(spot))
        try:
            if step.type_name in GUESTS:
                return stock.enter(key, None, self._guest(step, spot, stock.former(key)))
            make = partial(self._configuration.make_filter, spot, step.name, self._parts)
            if step.type_name in OF_ONE_GRAPH:
                return make()
            return stock.part(key, self._configuration.made_of(spot), make)
        except ValueError as error:
            raise StartError(f"{spot.path.spelled()}: {error}") from error

    def _guest(self, step: PlannedStep, spot: Spot, former: Sequence[Filter]) -> Filter:
        """Make a WASM filter, or keep one: they know better what they are made of, for modules may be swapped.

        Where the configuration is the very one of the graph before, nobody looks at their files.
        """
        before = self._parts.former
        if self._stock.is_known and former and before is not None:
            return before.hand_on(former[0], self._parts)
        return self._configuration.make_filter(spot, step.name, self._parts, former)

    def _owner(self, spot: Spot) -> str:
        """Name the route that has a filter to itself: filters of one name keep apart what they count."""
        return self._configuration.config.routes[spot.path[1]].name if spot.path[0] == "routes" else ""
