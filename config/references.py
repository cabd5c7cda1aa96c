"""Checks names against one another: nothing dangles, nothing is defined twice.

It reads the raw data, so that a slip in one place does not hide the errors of another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config.document import Document
from config.function_references import function_reference_errors
from config.paths import Path
from config.problems import nearest
from proxy.errors import ConfigError


def reference_errors(document: Document) -> list[ConfigError]:
    data = document.data
    return [
        *_duplicates(document, "listeners"),
        *_duplicates(document, "routes"),
        *_same_addresses(document),
        *(error for at, route in _entries(data, "routes") for error in _route_errors(document, data, at, route)),
        *function_reference_errors(document),
    ]


def _entries(data: Any, key: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the mappings of a list under a top-level key, with their paths."""
    entries = data.get(key)
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            yield Path((key, index)), entry


def _duplicates(document: Document, key: str) -> Iterator[ConfigError]:
    first: dict[str, Path] = {}
    for at, entry in _entries(document.data, key):
        name = entry.get("name")
        if isinstance(name, str) and first.setdefault(name, at) != at:
            yield document.error(at / "name", f"the name '{name}' is taken by {first[name].spelled()}")


def _same_addresses(document: Document) -> Iterator[ConfigError]:
    first: dict[str, Path] = {}
    places = [(at / "address", entry.get("address")) for at, entry in _entries(document.data, "listeners")]
    admin = document.data.get("admin")
    if isinstance(admin, dict):
        places.append((Path(("admin", "address")), admin.get("address")))
    for at, address in places:
        if isinstance(address, str) and not address.endswith(":0") and first.setdefault(address, at) != at:
            yield document.error(at, f"'{address}' is the address of {first[address][:-1].spelled()} too")


def _route_errors(document: Document, data: Any, at: Path, route: dict[str, Any]) -> Iterator[ConfigError]:
    listeners = {entry["name"] for _, entry in _entries(data, "listeners") if isinstance(entry.get("name"), str)}
    for path, name in _texts(route.get("listeners"), at / "listeners"):
        yield from _unknown(document, path, "listener", name, listeners)
    for path, name in _used_filters(route.get("filters"), at / "filters"):
        yield from _unknown(document, path, "filter", name, _names(data, "filters"))
    for path, name in _used_upstreams(route.get("upstream"), at / "upstream"):
        yield from _unknown(document, path, "upstream", name, _names(data, "upstreams"))
    for path, name in _used_cache(route.get("cache"), at / "cache"):
        yield from _unknown(document, path, "cache", name, _names(data, "caches"))


def _names(data: Any, key: str) -> set[str]:
    defined = data.get(key)
    return set(defined) if isinstance(defined, dict) else set()


def _texts(entries: Any, at: Path) -> Iterator[tuple[Path, str]]:
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, str):
            yield at / index, entry


def _used_filters(steps: Any, at: Path) -> Iterator[tuple[Path, str]]:
    yield from _texts(steps, at)
    for index, step in enumerate(steps if isinstance(steps, list) else []):
        if isinstance(step, dict) and isinstance(step.get("use"), str):
            yield at / index, step["use"]


def _used_upstreams(upstream: Any, at: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(upstream, str):
        yield at, upstream
    yield from _texts(upstream, at)
    for index, entry in enumerate(upstream if isinstance(upstream, list) else []):
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            yield at / index, entry["name"]


def _used_cache(cache: Any, at: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(cache, str):
        yield at, cache
    elif isinstance(cache, dict) and isinstance(cache.get("use"), str):
        yield at / "use", cache["use"]


def _unknown(document: Document, at: Path, kind: str, name: str, defined: set[str]) -> Iterator[ConfigError]:
    if name not in defined:
        tail = nearest(name, defined) if defined else f"; no {kind} is defined"
        yield document.error(at, f"unknown {kind} '{name}'{tail}")
