"""What can be changed in the registry, each within one transaction."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Final, Protocol

from wasm_host.functions.registry import rows
from wasm_host.functions.registry.canonical import canonical
from wasm_host.functions.registry.errors import Absent, Conflict, Unfit
from wasm_host.functions.registry.split import Split, Sticky, with_newcomer
from wasm_host.functions.registry.version import Deployed

MOST_FUNCTIONS: Final = 10_000
MOST_ALIASES: Final = 64
MOST_POINTINGS: Final = 100
"""Of one alias; what it pointed at longer ago is forgotten."""


class Change(Protocol):
    @property
    def function(self) -> str: ...

    def apply(self, connection: sqlite3.Connection, now: float) -> None:
        """Write it; `now` is seconds since 1970. Raises RegistryError."""


@dataclass(frozen=True, slots=True)
class Deploy:
    """A version that an alias is to give a percent; the same version once more is the one that is there."""

    deployed: Deployed
    alias: str
    percent: int = 100
    sticky: Sticky | None = None
    most_versions: int = 100

    @property
    def function(self) -> str:
        return self.deployed.function

    def apply(self, connection: sqlite3.Connection, now: float) -> None:
        function, id = self.function, self.deployed.id
        _make_function(connection, function, now)
        if not self._renewed(connection, id):
            self._add(connection, id, now)
        Point(function, self.alias, self._split(connection), self.deployed.who).apply(connection, now)
        _forget_oldest(connection, function, self.most_versions)

    def _split(self, connection: sqlite3.Connection) -> Split:
        before = rows.splits(connection, self.function).get(self.alias)
        try:
            return with_newcomer(before, self.deployed.id, self.percent, self.sticky)
        except ValueError as error:
            raise Unfit(str(error)) from error

    def _renewed(self, connection: sqlite3.Connection, id: str) -> bool:
        """Tell whether the version is there; a signature that it brings now counts from now on."""
        deployed = self.deployed
        try:
            found = rows.version_of_id(connection, deployed.function, id).deployed
        except Absent:
            return False
        if (found.module, canonical(found.settings)) != (deployed.module, canonical(deployed.settings)):
            raise Conflict(f"{deployed.function} has another version of the id {id}; change something in its config")
        if deployed.signature is not None:
            connection.execute(
                "UPDATE versions SET key = ?, signature = ? WHERE function = ? AND id = ?",
                (deployed.signature.key, deployed.signature.value, deployed.function, id),
            )
        return True

    def _add(self, connection: sqlite3.Connection, id: str, now: float) -> None:
        deployed, signature = self.deployed, self.deployed.signature
        connection.execute("UPDATE functions SET last_number = last_number + 1 WHERE name = ?", (deployed.function,))
        connection.execute(
            "INSERT INTO versions SELECT name, last_number, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM functions WHERE name = ?",
            (
                id,
                now,
                deployed.module,
                deployed.size,
                deployed.abi,
                canonical(deployed.settings).decode(),
                deployed.description,
                deployed.who,
                signature and signature.key,
                signature and signature.value,
                deployed.function,
            ),
        )


def _make_function(connection: sqlite3.Connection, name: str, now: float) -> None:
    made = connection.execute("INSERT OR IGNORE INTO functions VALUES (?, ?, 0)", (name, now)).rowcount
    if made and connection.execute("SELECT count(*) FROM functions").fetchone()[0] > MOST_FUNCTIONS:
        raise Conflict(f"there are {MOST_FUNCTIONS} functions, which is the most; delete one first")


def _forget_oldest(connection: sqlite3.Connection, function: str, most: int) -> None:
    """Forget the oldest versions over the most, but for those that aliases point at, or would after a rollback."""
    aliases = rows.splits(connection, function)
    wanted = {id for split in aliases.values() for id in split.versions}
    for alias in aliases:
        try:
            wanted.update(rows.before(connection, function, alias)[1].versions)
        except Conflict:
            continue
    query = "SELECT id FROM versions WHERE function = ? ORDER BY number"
    ids = [row[0] for row in connection.execute(query, (function,))]
    spare = [id for id in ids if id not in wanted]
    for id in spare[: max(0, len(ids) - most)]:
        connection.execute("DELETE FROM versions WHERE function = ? AND id = ?", (function, id))


@dataclass(frozen=True, slots=True)
class Point:
    """An alias is to point at what a split says, whose versions are ids."""

    function: str
    alias: str
    split: Split
    who: str = ""

    def apply(self, connection: sqlite3.Connection, now: float) -> None:
        for id in self.split.versions:
            rows.version_of_id(connection, self.function, id)
        aliases = rows.splits(connection, self.function)
        if aliases.get(self.alias) == self.split:
            return
        if self.alias not in aliases and len(aliases) >= MOST_ALIASES:
            raise Conflict(f"{self.function} has {MOST_ALIASES} aliases, which is the most; remove one first")
        current = _pointing(connection, self.function, self.alias)
        _note(connection, self, current or None, now)


@dataclass(frozen=True, slots=True)
class StepBack:
    """An alias is to point at what it pointed at before; once more, at what came before that."""

    function: str
    alias: str
    who: str = ""

    def apply(self, connection: sqlite3.Connection, now: float) -> None:
        number, split = rows.before(connection, self.function, self.alias)
        query = "SELECT before FROM pointings WHERE function = ? AND alias = ? AND number = ?"
        earlier = connection.execute(query, (self.function, self.alias, number)).fetchone()[0]
        _note(connection, Point(self.function, self.alias, split, self.who), earlier, now)


def _pointing(connection: sqlite3.Connection, function: str, alias: str) -> int:
    """Return the number of an alias's last pointing, 0 where there is none."""
    query = "SELECT pointing FROM aliases WHERE function = ? AND name = ?"
    found = connection.execute(query, (function, alias)).fetchone()
    return found[0] if found else 0


def _note(connection: sqlite3.Connection, point: Point, before: int | None, now: float) -> None:
    """Let an alias point there from now on; a rollback leads to `before`."""
    place = (point.function, point.alias)
    number = _pointing(connection, *place) + 1
    connection.execute(
        "INSERT INTO aliases VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET pointing = excluded.pointing", (*place, number)
    )
    split = json.dumps(point.split.to_json(), separators=(",", ":"))
    connection.execute(
        "INSERT INTO pointings VALUES (?, ?, ?, ?, ?, ?, ?)", (*place, number, before, split, now, point.who)
    )
    connection.execute(
        "DELETE FROM pointings WHERE function = ? AND alias = ? AND number <= ?", (*place, number - MOST_POINTINGS)
    )


@dataclass(frozen=True, slots=True)
class Unalias:
    """An alias is to go, and what it pointed at is forgotten; the versions stay."""

    function: str
    alias: str

    def apply(self, connection: sqlite3.Connection, now: float) -> None:
        rows.created_at(connection, self.function)
        query = "DELETE FROM aliases WHERE function = ? AND name = ?"
        if not connection.execute(query, (self.function, self.alias)).rowcount:
            raise Absent(f"{self.function} has no alias '{self.alias}'")


@dataclass(frozen=True, slots=True)
class Delete:
    """A function is to go, with all its versions and aliases."""

    function: str

    def apply(self, connection: sqlite3.Connection, now: float) -> None:
        if not connection.execute("DELETE FROM functions WHERE name = ?", (self.function,)).rowcount:
            raise Absent(f"no function '{self.function}' is deployed")
