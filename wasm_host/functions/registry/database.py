"""The registry's SQLite file: opened, made, and asked within transactions. The only file that meets sqlite3's errors.

Each use has a connection of its own, so that threads share none. The journal is SQLite's rollback journal: between
changes the registry is one file that can be copied, and a change that was cut short is undone by the next who opens it.
"""

from __future__ import annotations

import pathlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final
from urllib.parse import quote

from wasm_host.functions.registry.errors import RegistryError
from wasm_host.functions.registry.tables import APPLICATION, SCHEMA, STATEMENTS

BUSY_S: Final = 5.0
"""A transaction takes a few milliseconds, an fsync on a slow disk perhaps a second."""

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class Database:
    def __init__(self, file: pathlib.Path) -> None:
        self._file = file

    def make(self) -> None:
        """Make the tables where the file is new or empty, and look whether it is whole; raises RegistryError."""
        with self._connection("rwc") as connection:
            if not _is_made(connection):
                with _transaction(connection):
                    for statement in () if _is_made(connection) else STATEMENTS:
                        connection.execute(statement)
            self._check(connection)
            faults = [row[0] for row in connection.execute("PRAGMA quick_check(1)")]
        if faults != ["ok"]:
            raise self._damaged(faults[0])

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Let one moment be read; raises RegistryError."""
        with self._connection("rw") as connection:
            self._check(connection)
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Make durable at the end what is written, or nothing of it where something raises."""
        with self._connection("rw") as connection:
            self._check(connection)
            with _transaction(connection):
                yield connection

    @contextmanager
    def trying(self) -> Iterator[sqlite3.Connection]:
        """Forget at the end whatever is written."""
        with self._connection("rw") as connection:
            self._check(connection)
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def _connection(self, mode: str) -> Iterator[sqlite3.Connection]:
        try:
            uri = f"file:{quote(str(self._file))}?mode={mode}"
            with closing(sqlite3.connect(uri, timeout=BUSY_S, isolation_level=None, uri=True)) as connection:
                connection.execute("PRAGMA foreign_keys = ON")
                # EXTRA: the journal's end is on disk too before a change counts as done (sqlite.org/pragma.html).
                connection.execute("PRAGMA synchronous = EXTRA")
                yield connection
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def _check(self, connection: sqlite3.Connection) -> None:
        ours, schema = _pragma(connection, "application_id"), _pragma(connection, "user_version")
        if ours != APPLICATION:
            raise RegistryError(f"{self._file} is no registry of functions; give functions.store another directory")
        if schema > SCHEMA:
            raise RegistryError(
                f"{self._file} is of a newer Penstock (schema {schema}; this one knows {SCHEMA}): run that, or "
                "give functions.store another directory"
            )

    def _failed(self, error: sqlite3.Error) -> RegistryError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # The rest is detail (sqlite.org/rescode.html).
        if code in _DAMAGED:
            return self._damaged(str(error))
        if code == sqlite3.SQLITE_CANTOPEN and not self._file.exists():
            return RegistryError(f"{self._file} is not there")
        return RegistryError(f"{self._file}: {error}")

    def _damaged(self, fault: str) -> RegistryError:
        return RegistryError(
            f"{self._file} is damaged ({fault.splitlines()[0]}). Nothing was changed, and the modules beside it in "
            f"blobs/ are untouched. Put a copy in its place, or what `sqlite3 {self._file.name} .recover` saves of "
            "it, or move it away and deploy anew"
        )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _is_made(connection: sqlite3.Connection) -> bool:
    """Tell a database from a file that is new, or was left empty by a process that ended before it made one."""
    return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
