"""Reads the registry's tables; all that is read within one transaction is of one moment."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Final

from wasm_host.functions.registry.errors import Absent, Conflict
from wasm_host.functions.registry.split import Split
from wasm_host.functions.registry.version import ID_LENGTH, Deployed, Signature, Version

SHORTEST_PREFIX: Final = 4

_VERSION: Final = (
    "SELECT id, number, created_at, function, module, size, abi, settings, description, who, key, signature "
    "FROM versions WHERE function = ?"
)
_CURRENT: Final = "aliases JOIN pointings USING (function) WHERE alias = name AND number = pointing"


def revision(connection: sqlite3.Connection) -> int:
    """Return what counts the changes of the registry."""
    return int(connection.execute("SELECT revision FROM registry").fetchone()[0])


def functions(connection: sqlite3.Connection) -> dict[str, float]:
    """Return when each function was first deployed, in seconds since 1970, by name."""
    return dict(connection.execute("SELECT name, created_at FROM functions ORDER BY name").fetchall())


def created_at(connection: sqlite3.Connection, function: str) -> float:
    """Raises Absent."""
    found = connection.execute("SELECT created_at FROM functions WHERE name = ?", (function,)).fetchone()
    if found is None:
        raise Absent(f"no function '{function}' is deployed")
    return float(found[0])


def versions(connection: sqlite3.Connection, function: str) -> list[Version]:
    """Return all versions of a function, in the order of their numbers."""
    return [_version(row) for row in connection.execute(f"{_VERSION} ORDER BY number", (function,))]


def version(connection: sqlite3.Connection, function: str, reference: str | int) -> Version:
    """Find a version by its number, its id, or the beginning of its id; raises Absent, or Conflict for several."""
    created_at(connection, function)
    found = list(_referred(connection, function, reference))
    if not found:
        raise Absent(f"{function} has no version '{reference}'")
    if len(found) > 1:
        meant = " or ".join(f"{each.id} (number {each.number})" for each in found)
        raise Conflict(f"'{reference}' may be {meant}; write more of it")
    return found[0]


def _referred(connection: sqlite3.Connection, function: str, reference: str | int) -> Iterator[Version]:
    text = str(reference)
    if text.isascii() and text.isdigit() and len(text) < ID_LENGTH:
        query = connection.execute(f"{_VERSION} AND number = ?", (function, int(text)))
        yield from map(_version, query)
    if isinstance(reference, str) and len(text) >= SHORTEST_PREFIX:
        query = connection.execute(f"{_VERSION} AND substr(id, 1, ?) = ?", (function, len(text), text.lower()))
        yield from map(_version, query)


def _version(row: Any) -> Version:
    id, number, created, function, module, size, abi, settings, description, who, key, signature = row
    signed = None if key is None else Signature(key, signature)
    deployed = Deployed(function, module, size, abi, json.loads(settings), description, who, signed)
    return Version(id, number, created, deployed)


def splits(connection: sqlite3.Connection, function: str) -> dict[str, Split]:
    """Return what each alias of a function points at."""
    query = f"SELECT alias, split FROM {_CURRENT} AND function = ? ORDER BY alias"
    return {alias: Split.of_json(json.loads(split)) for alias, split in connection.execute(query, (function,))}


def before(connection: sqlite3.Connection, function: str, alias: str) -> tuple[int, Split]:
    """Return the number of the pointing that a rollback leads back to, and its split.

    Raises Absent where there is no such alias, and Conflict where there is nothing to go back to.
    """
    created_at(connection, function)
    current = splits(connection, function).get(alias)
    if current is None:
        raise Absent(f"{function} has no alias '{alias}'")
    kept = {row[0] for row in connection.execute("SELECT id FROM versions WHERE function = ?", (function,))}
    for number, split in _trail(connection, function, alias):
        if split != current and kept.issuperset(split.versions):
            return number, split
    raise Conflict(f"'{alias}' of {function} pointed at no other version before; name one")


def _trail(connection: sqlite3.Connection, function: str, alias: str) -> Iterator[tuple[int, Split]]:
    """Yield what an alias pointed at, the last first; what was rolled back is left out."""
    rows = connection.execute(
        "WITH RECURSIVE trail(number, before, split) AS ("
        f"SELECT number, before, split FROM {_CURRENT} AND function = :function AND alias = :alias "
        "UNION ALL SELECT p.number, p.before, p.split FROM pointings p JOIN trail ON p.number = trail.before "
        "WHERE p.function = :function AND p.alias = :alias) SELECT number, split FROM trail",
        {"function": function, "alias": alias},
    ).fetchall()
    for number, split in rows[1:]:
        yield number, Split.of_json(json.loads(split))


def history(connection: sqlite3.Connection, function: str, alias: str) -> list[dict[str, Any]]:
    """Return for people what an alias pointed at, the first first."""
    query = "SELECT split, at, who FROM pointings WHERE function = ? AND alias = ? ORDER BY number"
    rows = connection.execute(query, (function, alias))
    return [{**json.loads(split), "at": at, "who": who} for split, at, who in rows]


def modules(connection: sqlite3.Connection) -> set[str]:
    """Return the SHA-256 of each module that a version has."""
    return {row[0] for row in connection.execute("SELECT DISTINCT module FROM versions")}


def state(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return what workers run: functions with their aliases, and the versions that those point at."""
    query = f"SELECT function, alias, split FROM {_CURRENT} ORDER BY function, alias"
    return _state(connection, connection.execute(query))


def state_of_function(connection: sqlite3.Connection, function: str) -> dict[str, Any]:
    """Return that part of the state that is about one function."""
    query = f"SELECT function, alias, split FROM {_CURRENT} AND function = ? ORDER BY alias"
    return _state(connection, connection.execute(query, (function,)))


def _state(connection: sqlite3.Connection, pointings: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    """Make it of functions, aliases and splits. Read at each change, at 25 µs a function (CPython 3.11)."""
    told: dict[str, Any] = {}
    for function, alias, split in pointings:
        each = told.setdefault(function, {"aliases": {}, "versions": {}})
        each["aliases"][alias] = pointing = json.loads(split)
        for share in pointing["versions"]:
            if share["version"] not in each["versions"]:
                each["versions"][share["version"]] = _state_of_version(connection, function, share["version"])
    return told


def _state_of_version(connection: sqlite3.Connection, function: str, id: str) -> dict[str, Any]:
    query = "SELECT module, settings FROM versions WHERE function = ? AND id = ?"
    module, settings = connection.execute(query, (function, id)).fetchone()
    return {"module": module, **json.loads(settings)}


def version_of_id(connection: sqlite3.Connection, function: str, id: str) -> Version:
    """Raises Absent."""
    row = connection.execute(f"{_VERSION} AND id = ?", (function, id)).fetchone()
    if row is None:
        raise Absent(f"{function} has no version '{id}'")
    return _version(row)
