"""Checks what routes and filters call: functions that are there, or can come."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.configuration import Configuration
from config.findings import Finding, warning
from config.function_options import Functions, RouteFunction
from config.function_store import called
from config.problems import nearest
from config.tls_files import Found
from wasm_host.functions.registry.names import LIVE


def call_findings(configuration: Configuration, deployed: Mapping[str, Any]) -> Iterator[Found]:
    """Judge each call: only a deploy can bring what is not there, so without a store nothing can."""
    functions = configuration.config.functions or Functions()
    from_files = frozenset(name for name, each in functions.named.items() if each.module is not None)
    known = _Known(from_files, deployed, {*from_files, *deployed, *functions.named}, functions.store is not None)
    for _, at, function in called(configuration):
        if function.name is not None and (finding := known.judged(function.name, function)) is not None:
            yield at, finding


@dataclass(frozen=True, slots=True)
class _Known:
    """The functions that the configuration and the store have; `more_can_come` where there is a store."""

    from_files: frozenset[str]
    deployed: Mapping[str, Any]
    names: set[str]
    more_can_come: bool

    def judged(self, name: str, function: RouteFunction) -> Finding | None:
        if name in self.from_files:
            return None if function.alias == LIVE else Finding(_without_aliases(name, function.alias))
        if not self.more_can_come:
            return Finding(f"unknown function '{name}'{nearest(name, self.names - {name}) or _how_to_have_it(name)}")
        if name not in self.deployed:
            return warning(f"function '{name}' is not deployed: 503 until it is{self._slip(name)}")
        aliases: Collection[str] = self.deployed[name]["aliases"]
        if function.alias in aliases:
            return None
        return warning(f"function '{name}' has no alias '{function.alias}': 503 until it has one")

    def _slip(self, name: str) -> str:
        """Return the name that may have been meant, where it is near."""
        tail = "" if name in self.names else nearest(name, self.names)
        return tail if "did you mean" in tail else ""


def _without_aliases(name: str, alias: str) -> str:
    return f"function '{name}' is from a file, and has no aliases; leave '{alias}' out"


def _how_to_have_it(name: str) -> str:
    return f"; give functions.named.{name}.module a file, or functions.store a directory to deploy it to"
