"""What becomes other by one configuration in place of another, thing by thing, for people to read.

Values are compared as they are meant, `1KiB` with `1024B`, and shown as they are written, secrets masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from config.configuration import Configuration
from config.differences import ABSENT, differing, found_at, moved, shown
from config.named_files import named_files
from config.paths import Path
from config.schema import Config, NamedStep, Route

_OTHER: Final = "(changed)"
"""Shown in place of values that look the same: secrets, masked."""
_WITH_NAMES: Final = {"listeners", "filters", "upstreams", "caches", "routes", "error_pages", "functions"}


@dataclass(frozen=True, slots=True)
class Change:
    """`what` is such as `route api`; `detail` names what is other in it."""

    change: Literal["added", "removed", "changed"]
    what: str
    detail: str = ""

    def line(self) -> str:
        return f"{self.change} {self.what}: {self.detail}" if self.detail else f"{self.change} {self.what}"


def changes(old: Configuration, new: Configuration) -> list[Change]:
    """Return what is other in the new one; all that has a name is taken for the same under the same name."""
    before, after = _Things(old), _Things(new)
    places = _new_places(old, new)
    found = []
    for what in sorted({**before.all, **after.all}, key=_rank):
        if what not in after.all:
            found.append(Change("removed", what, _loss(what)))
        elif what not in before.all:
            found.append(Change("added", what))
        elif details := [*_details(before, after, what), *places.get(what, ())]:
            found.append(Change("changed", what, "; ".join([*details, *filter(None, [_loss(what)])])))
    return found


def _loss(what: str) -> str:
    return "what it holds is lost" if what.startswith("cache ") else ""


def _new_places(old: Configuration, new: Configuration) -> dict[str, list[str]]:
    """Say of each route that has moved when its turn comes."""
    was, now = ([route.name for route in each.config.routes] for each in (old, new))
    return {
        f"route {name}": [f"tried as number {now.index(name) + 1}, was {was.index(name) + 1}"]
        for name in moved(was, now)
    }


_KINDS: Final = ("listener", "filter", "upstream", "cache", "function", "route", "error")


def _rank(what: str) -> int:
    """Put things of a kind together; a stable sort leaves them in their order."""
    kind, _, name = what.partition(" ")
    return _KINDS.index(kind) + 1 if name and kind in _KINDS else 0


@dataclass(frozen=True, slots=True)
class _Thing:
    """Where it stands in its configuration, and what it says: as it is meant, by the keys of the YAML."""

    path: Path
    meant: Any


class _Things:
    """The parts of one configuration that have names, and by themselves the keys that stand alone."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._masked = configuration.secrets.masked()
        self.all: dict[str, _Thing] = {what: _Thing(path, meant) for what, path, meant in self._listed()}

    def written(self, what: str) -> Any:
        return found_at(self._configuration.document.data, self.all[what].path)

    def masked(self, what: str) -> Any:
        return found_at(self._masked, self.all[what].path)

    def files(self, what: str) -> Mapping[tuple[Path, str], str]:
        """Return the digests of the files that a thing names, by the path inside it and the name."""
        path = self.all[what].path
        return {(at[len(path) :], name): digest for at, name, digest in self._files.get(path, ())}

    @cached_property
    def _files(self) -> dict[Path, list[tuple[Path, str, str]]]:
        """Sort the files to the things; the text of a secret is compared itself."""
        found: dict[Path, list[tuple[Path, str, str]]] = {}
        paths = {thing.path for thing in self.all.values()}
        for each in named_files(self._configuration):
            owner = next((each.path[:steps] for steps in (3, 2) if each.path[:steps] in paths), each.path[:1])
            if each.path not in self._configuration.secrets.files:
                digest = self._configuration.contents.get(each.name, "")
                found.setdefault(owner, []).append((each.path, each.name, digest))
        return found

    def _listed(self) -> Iterator[tuple[str, Path, Any]]:
        config = self._configuration.config
        for key in type(config).model_fields:
            if key not in _WITH_NAMES and (value := getattr(config, key)) is not None:
                yield key.replace("_", " "), Path((key,)), _plain(value)
        for at, listener in enumerate(config.listeners):
            yield f"listener {listener.name}", Path(("listeners", at)), _plain(listener)
        for name, filter in config.filters.items():
            yield f"filter {name}", Path(("filters", name)), self._filter(filter, Path(("filters", name)))
        for name, upstream in config.upstreams.items():
            yield f"upstream {name}", Path(("upstreams", name)), _plain(upstream)
        for name, cache in config.caches.items():
            yield f"cache {name}", Path(("caches", name)), _plain(cache)
        yield from _functions(config)
        for at, route in enumerate(config.routes):
            yield f"route {route.name}", Path(("routes", at)), self._route(route, Path(("routes", at)))
        for status, page in config.error_pages.items():
            yield f"error page {status}", Path(("error_pages", str(status))), _plain(page)

    def _route(self, route: Route, path: Path) -> dict[str, Any]:
        meant: dict[str, Any] = _plain(route)
        steps = [
            _plain(step) if isinstance(step, NamedStep) else self._filter(step, path / "filters" / number)
            for number, step in enumerate(route.filters)
        ]
        return meant | {"filters": steps}

    def _filter(self, filter: Any, path: Path) -> dict[str, Any]:
        """Return a filter with its options as its type understands them."""
        own = {key: _plain(getattr(filter, key)) for key in type(filter).model_fields}
        return {**own, **_plain(self._configuration.options[path])}


def _functions(config: Config) -> Iterator[tuple[str, Path, Any]]:
    """Yield what is said of all functions, and of each by itself."""
    if config.functions is None:
        return
    at = Path(("functions",))
    yield "functions", at, {key: meant for key, meant in _plain(config.functions).items() if key != "named"}
    for name, function in config.functions.named.items():
        yield f"function {name}", at / "named" / name, _plain(function)


def _plain(value: Any) -> Any:
    return value.model_dump(by_alias=True) if hasattr(value, "model_dump") else value


def _details(before: _Things, after: _Things, what: str) -> Iterator[str]:
    written = before.written(what), after.written(what)
    masked = before.masked(what), after.masked(what)
    meant = differing(before.all[what].meant, after.all[what].meant)
    for path in dict.fromkeys(finer for each in meant for finer in _finer(each, *written)):
        was, now = (shown(found_at(side, path)) for side in masked)
        told = _OTHER if was == now else f"{was} → {now}"
        yield f"{path.spelled()}: {told}" if path else told
    digests = before.files(what)
    for (path, name), digest in after.files(what).items():
        if digests.get((path, name), digest) != digest:
            yield f"{path.spelled()}: {name} has other contents"


def _finer(path: Path, was: Any, now: Any) -> Iterator[Path]:
    """Yield where a difference shows in what is written.

    A default is not written, and a word may stand for a mapping: that shows above. What a type has made one value of
    may be written as a mapping: that shows below.
    """
    while path and found_at(was, path) is ABSENT and found_at(now, path) is ABSENT:
        path = path[:-1]
    for below in differing(found_at(was, path), found_at(now, path)):
        yield Path((*path, *below))
