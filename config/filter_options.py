"""Validates each filter's options against what its type declares, and keeps the result for the builder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from config.document import Document
from config.paths import Path
from config.problems import nearest, validate
from config.registry import TYPES, filter_type
from config.schema import FILTER_KEYS
from config.secrets import telling
from config.shape import secret_paths
from proxy.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the file that makes a filter: its type, and where each option stands."""

    path: Path
    type_name: str
    options: dict[str, Any]
    places: dict[str | int, Path]

    def place(self, inside: Path) -> Path:
        """Return where a part of the options stands in the file; the filter's own place if it does not."""
        return Path((*self.places[inside[0]], *inside[1:])) if inside and inside[0] in self.places else self.path

    def secret_paths(self) -> Iterator[Path]:
        """Yield what the schema calls secret, and what is handed on under a key that tells."""
        cls = filter_type(self.type_name)
        handed_over = {key: self.options[key] for key in getattr(cls, "handed_over", ()) if key in self.options}
        yield from map(self.place, (*secret_paths(cls.Options, self.options), *telling(handed_over)))


def spots(data: Any) -> Iterator[Spot]:
    """Yield the named filters, the routes' own, and the named ones that a route overrides; well-formed ones only."""
    named = data.get("filters")
    named = named if isinstance(named, dict) else {}
    for name, entry in named.items():
        yield from _spot(Path(("filters", name)), entry)
    routes = data.get("routes")
    for index, route in enumerate(routes if isinstance(routes, list) else []):
        steps = route.get("filters") if isinstance(route, dict) else None
        for number, step in enumerate(steps if isinstance(steps, list) else []):
            path = Path(("routes", index, "filters", number))
            yield from (
                _overriding(path, step, named) if isinstance(step, dict) and "use" in step else _spot(path, step)
            )


def _spot(path: Path, entry: Any) -> Iterator[Spot]:
    if isinstance(entry, dict) and isinstance(entry.get("type"), str):
        options = {key: value for key, value in entry.items() if key not in FILTER_KEYS}
        yield Spot(path, entry["type"], options, {key: path / key for key in options})


def _overriding(path: Path, step: dict[str, Any], named: dict[str, Any]) -> Iterator[Spot]:
    """Lay a step's `with` over the options of the filter that it uses; each key is replaced as a whole."""
    changes, used = step.get("with"), step.get("use")
    if not isinstance(changes, dict) or not changes or not isinstance(used, str):
        return
    for base in _spot(Path(("filters", used)), named.get(used)):
        places = base.places | {key: path / "with" / key for key in changes}
        yield Spot(path, base.type_name, base.options | changes, places)


def type_errors(document: Document) -> list[ConfigError]:
    return [
        document.error(spot.path / "type", f"unknown filter type '{spot.type_name}'{nearest(spot.type_name, TYPES)}")
        for spot in spots(document.data)
        if spot.type_name not in TYPES and (spot.path / "type") in document.values
    ]


def known_spots(document: Document) -> list[Spot]:
    return [spot for spot in spots(document.data) if spot.type_name in TYPES]


def validated(spot: Spot, document: Document) -> tuple[Any, list[ConfigError]]:
    """Return the options as their type's model or None, and what is wrong with them."""
    return validate(filter_type(spot.type_name).Options, spot.options, document, spot.place)
