"""What the thread for SQLite does: jobs in groups, each with its outcome. Nothing is raised."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

from proxy.errors import StartError
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.stores.settings import Quota, SqliteSettings
from wasm_host.functions.stores.sqlite_file import code_of, open_pairs
from wasm_host.functions.stores.sqlite_pairs import SqlitePairs

log = logging.getLogger("penstock.functions")

_PASSING: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL})
"""After these the connection is as good as before."""


class Job(Protocol):
    """`outcome` is to be what came of it, or the exception that kept it from being done."""

    outcome: Any
    work: Callable[[SqlitePairs], Any]


class SqliteWork:
    """Owns the connection, so it belongs to one thread. The file is opened with the first jobs, and after trouble."""

    def __init__(self, settings: SqliteSettings, quota: Quota) -> None:
        self._settings, self._quota = settings, quota
        self._connection: sqlite3.Connection | None = None

    def read(self, jobs: Sequence[Job]) -> None:
        with self._troubled(jobs):
            _do(jobs, SqlitePairs(self._opened(), self._quota))

    def write(self, jobs: Sequence[Job]) -> None:
        """Do jobs in one transaction; where that fails, none of them was done."""
        with self._troubled(jobs):
            connection = self._opened()
            pairs = SqlitePairs(connection, self._quota)
            connection.execute("BEGIN IMMEDIATE")
            pairs.reap()
            _do(jobs, pairs)
            connection.execute("COMMIT")

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_pairs(self._settings)
        return self._connection

    @contextmanager
    def _troubled(self, jobs: Sequence[Job]) -> Iterator[None]:
        """Make whatever goes wrong the outcome of all jobs."""
        try:
            yield
        except Exception as error:
            if not isinstance(error, sqlite3.Error | StartError):
                log.exception("the key-value store failed")
            for job in jobs:
                job.outcome = error
            self._recover(error)

    def _recover(self, error: Exception) -> None:
        """Undo a transaction that was begun; open the file anew, unless nothing is wrong with it."""
        try:
            if self._connection is not None and self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self.close()
        if not isinstance(error, sqlite3.Error) or code_of(error) not in _PASSING:
            self.close()


def _do(jobs: Sequence[Job], pairs: SqlitePairs) -> None:
    for job in jobs:
        try:
            job.outcome = job.work(pairs)
        except HostcallFailed as refused:
            job.outcome = refused
