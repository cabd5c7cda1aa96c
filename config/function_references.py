"""Checks what functions are allowed against what there is: routes, and secrets that are given. Reads the raw data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config.document import Document
from config.paths import Path
from config.problems import nearest
from proxy.errors import ConfigError


def function_reference_errors(document: Document) -> Iterator[ConfigError]:
    functions = _mapping(document.data.get("functions"))
    routes = document.data.get("routes")
    names = {each.get("name") for each in (routes if isinstance(routes, list) else []) if isinstance(each, dict)}
    at = Path(("functions",))
    yield from _unknown_routes(document, functions.get("defaults"), at / "defaults", names)
    for name, entry in _mapping(functions.get("named")).items():
        yield from _unknown_routes(document, entry, at / "named" / name, names)
        yield from _missing_secrets(document, _mapping(entry), at / "named" / name)


def _unknown_routes(document: Document, entry: Any, at: Path, names: set[Any]) -> Iterator[ConfigError]:
    known = {name for name in names if isinstance(name, str)}
    for path, name in _allowed(entry, at, "routes"):
        if name not in known:
            yield document.error(path, f"unknown route '{name}'{nearest(name, known)}")


def _missing_secrets(document: Document, entry: dict[str, Any], at: Path) -> Iterator[ConfigError]:
    given = set(_mapping(entry.get("secrets")))
    for path, name in _allowed(entry, at, "secrets"):
        if name not in given:
            tail = nearest(name, given) if given else "; give its value under secrets"
            yield document.error(path, f"there is no secret '{name}' here{tail}")


def _allowed(entry: Any, at: Path, key: str) -> Iterator[tuple[Path, str]]:
    """Yield the names in a list of `allow`, with their places."""
    found = _mapping(_mapping(entry).get("allow")).get(key)
    for index, name in enumerate(found if isinstance(found, list) else []):
        if isinstance(name, str):
            yield at / "allow" / key / index, name


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
