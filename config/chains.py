"""Compiles the routes' lists of filters to chains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from config.conditions import When, predicate
from config.configuration import Configuration
from config.paths import Path
from config.schema import NamedStep, OwnStep, Route
from proxy.chain import Chain, Step
from proxy.filter import Filter
from proxy.hook import OnError
from proxy.metrics import Distribution, Family


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a route as `explain` shows it and the chain is built from it."""

    filter: Filter
    type_name: str
    when: When | None
    on_error: OnError


class Chains:
    """Every route's chain; `plans` and `of_routes` go by the route's place in the list."""

    def __init__(self, configuration: Configuration, durations: Family[Distribution] | None = None) -> None:
        self._configuration = configuration
        self._spots = {spot.path: spot for spot in configuration.spots}
        self._named = {name: self._make(Path(("filters", name)), name) for name in configuration.config.filters}
        self.plans = [list(self._plan(at, route)) for at, route in enumerate(configuration.config.routes)]
        self.of_routes = [Chain([_step(planned) for planned in plan], durations) for plan in self.plans]

    def _make(self, path: Path, name: str) -> Filter:
        return self._configuration.make_filter(self._spots[path], name)

    def _plan(self, index: int, route: Route) -> Iterator[PlannedStep]:
        disabled = {step.use for step in route.filters if isinstance(step, NamedStep) and step.disable}
        for number, step in enumerate(route.filters):
            path = Path(("routes", index, "filters", number))
            if isinstance(step, OwnStep):
                # Named for its place, because filters keep what belongs to an exchange under their names.
                own = self._make(path, f"{route.name}.{number}.{step.type}")
                yield PlannedStep(own, step.type, step.when, step.on_error)
            elif step.use not in disabled:
                yield self._named_step(path, step)

    def _named_step(self, path: Path, step: NamedStep) -> PlannedStep:
        defined = self._configuration.config.filters[step.use]
        used = self._make(path, step.use) if step.options else self._named[step.use]
        return PlannedStep(used, defined.type, step.when, step.on_error or defined.on_error)


def _step(planned: PlannedStep) -> Step:
    when = None if planned.when is None else predicate(planned.when)
    return Step(planned.filter, when, planned.on_error)
