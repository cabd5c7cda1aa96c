"""The registry of one store: what is deployed, and changes of it that are first proposed and then made durable."""

from __future__ import annotations

import pathlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from wasm_host.functions.registry import rows
from wasm_host.functions.registry.blobs import Blobs, sync_directory
from wasm_host.functions.registry.changes import Change
from wasm_host.functions.registry.database import Database
from wasm_host.functions.registry.errors import Busy, RegistryError
from wasm_host.functions.registry.lock import locked
from wasm_host.functions.registry.split import Split
from wasm_host.functions.registry.version import Version

DATABASE: Final = "functions.sqlite"
LOCK: Final = "lock"
BLOBS: Final = "blobs"

LOCK_S: Final = 5.0
"""Another process that changes something is done by then, unless its workers are slow to build."""

Clock = Callable[[], float]


def state_of(store: pathlib.Path) -> dict[str, Any]:
    """Return the state of a store, empty where there is none; makes and mends nothing. Raises RegistryError."""
    file = store / DATABASE
    if not file.exists() or not file.stat().st_size:
        return {}
    with Database(file).reading() as connection:
        return rows.state(connection)


def blob(store: pathlib.Path, sha256: str) -> pathlib.Path:
    """Return where a store has a module."""
    return Blobs(store / BLOBS).file(sha256)


class Registry:
    """Opened, it makes what is missing and sweeps what was left over. `clock` is seconds since 1970.

    All methods block, and raise RegistryError. Any thread may call them.
    """

    def __init__(self, store: pathlib.Path, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._database, self.blobs = Database(store / DATABASE), Blobs(store / BLOBS)
        try:
            if not (store / BLOBS).is_dir():
                (store / BLOBS).mkdir(mode=0o700, parents=True, exist_ok=True)
                sync_directory(store)
        except OSError as error:
            raise RegistryError(f"{store}: {error.strerror}; functions.store names it") from error
        self._database.make()
        self._sweep_if_alone()

    def state(self) -> dict[str, Any]:
        """Return what workers run."""
        with self._database.reading() as connection:
            return rows.state(connection)

    def function(self, name: str) -> dict[str, Any]:
        """Return a function's versions in the order of their numbers, its aliases and their past; raises Absent."""
        with self._database.reading() as connection:
            return _told(connection, name)

    def functions(self) -> list[dict[str, Any]]:
        """Return all of them without their versions, by name."""
        with self._database.reading() as connection:
            return [
                {"name": name, "created_at": at, "aliases": _aliases(connection, name)}
                for name, at in rows.functions(connection).items()
            ]

    def version(self, name: str, reference: str | int) -> Version:
        """Find a version by number, id or the beginning of an id; raises Absent, or Conflict."""
        with self._database.reading() as connection:
            return rows.version(connection, name, reference)

    def split(self, name: str, alias: str) -> Split | None:
        with self._database.reading() as connection:
            return rows.splits(connection, name).get(alias)

    def before(self, name: str, alias: str) -> Split:
        """Return what a rollback of an alias leads to; raises Absent, or Conflict where there is nothing."""
        with self._database.reading() as connection:
            return rows.before(connection, name, alias)[1]

    @contextmanager
    def changing(self, within_s: float = LOCK_S) -> Iterator[None]:
        """Keep other processes from changing anything: held from `blobs.keep` to the end of a change. Raises Busy."""
        with locked(self._store / LOCK, within_s):
            yield

    def proposed(self, change: Change) -> Proposal:
        """Return what a change would lead to."""
        now = self._clock()
        with self._database.trying() as connection:
            revision, before = rows.revision(connection), rows.state_of_function(connection, change.function)
            change.apply(connection, now)
            differs = rows.state_of_function(connection, change.function) != before
            return Proposal(self._database, change, now, revision, rows.state(connection), differs)

    def sweep(self) -> None:
        """Remove leftovers; within `changing`."""
        with self._database.reading() as connection:
            wanted = rows.modules(connection)
        try:
            self.blobs.sweep(wanted, self._clock())
        except OSError as error:
            raise RegistryError(f"{error.filename}: {error.strerror}") from error

    def _sweep_if_alone(self) -> None:
        """Leave it to another time where somebody is at work, such as the process that an upgrade replaces."""
        try:
            with self.changing(within_s=0):
                self.sweep()
        except Busy:
            return


class Proposal:
    """A change that is not made yet. `state` is what workers would run, `differs` whether that is another state."""

    def __init__(
        self, database: Database, change: Change, now: float, revision: int, state: dict[str, Any], differs: bool
    ) -> None:
        self._database, self._change, self._now, self._revision = database, change, now, revision
        self.state, self.differs = state, differs

    def commit(self) -> None:
        """Make it durable, in one transaction; raises RegistryError, also where the registry has changed meanwhile."""
        with self._database.writing() as connection:
            if rows.revision(connection) != self._revision:
                raise Busy("the functions have changed meanwhile; try again")
            self._change.apply(connection, self._now)
            connection.execute("UPDATE registry SET revision = revision + 1")


def _told(connection: sqlite3.Connection, name: str) -> dict[str, Any]:
    created_at, aliases = rows.created_at(connection, name), _aliases(connection, name)
    return {
        "name": name,
        "created_at": created_at,
        "aliases": aliases,
        "history": {alias: rows.history(connection, name, alias) for alias in aliases},
        "versions": [each.told() for each in rows.versions(connection, name)],
    }


def _aliases(connection: sqlite3.Connection, name: str) -> dict[str, Any]:
    return {alias: split.to_json() for alias, split in rows.splits(connection, name).items()}
