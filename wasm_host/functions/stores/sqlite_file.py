"""The key-value store's SQLite file: opened, made where it is new, and refused where it is not ours or not whole.

A write-ahead log lets workers read while one writes. What was told as done is on the disk (`synchronous=FULL`): after
a crash, of a process or of the machine, the file has all of a transaction or nothing (sqlite.org/wal.html).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from time import sleep
from typing import Final
from urllib.parse import quote

from proxy.errors import StartError
from proxy.runtime import monotonic
from wasm_host.functions.stores.settings import MIB, SqliteSettings

APPLICATION: Final = 0x50534B56
"""Kept in `PRAGMA application_id`: `file` and we ourselves tell by it whose database this is."""
SCHEMA: Final = 1
"""Kept in `PRAGMA user_version`."""
LOG_KEPT_BYTES: Final = 16 * MIB
LOCKED_PAUSE_S: Final = 0.01

_WAL: Final = "wal"
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_NOT_OURS_TO_OPEN: Final = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM})

_STATEMENTS: Final = (
    """
    CREATE TABLE pairs (
        function TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
        until INTEGER, -- ms since the epoch; NULL is for good
        UNIQUE (function, key))
    """,
    "CREATE INDEX pairs_by_time ON pairs (until) WHERE until IS NOT NULL",
    "CREATE TABLE used (function TEXT PRIMARY KEY, keys INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID",
    """
    CREATE TRIGGER pair_came AFTER INSERT ON pairs BEGIN
        INSERT OR IGNORE INTO used VALUES (new.function, 0, 0);
        UPDATE used SET keys = keys + 1, bytes = bytes + length(new.key) + length(new.value)
            WHERE function = new.function;
    END
    """,
    """
    CREATE TRIGGER pair_changed AFTER UPDATE OF value ON pairs BEGIN
        UPDATE used SET bytes = bytes + length(new.value) - length(old.value) WHERE function = new.function;
    END
    """,
    """
    CREATE TRIGGER pair_went AFTER DELETE ON pairs BEGIN
        UPDATE used SET keys = keys - 1, bytes = bytes - length(old.key) - length(old.value)
            WHERE function = old.function;
    END
    """,
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {SCHEMA}",
)


def code_of(error: sqlite3.Error) -> int:
    """Return the kind of an error, without its detail (sqlite.org/rescode.html)."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def open_pairs(settings: SqliteSettings) -> sqlite3.Connection:
    """Open the file in this thread; raises StartError where somebody must mend it, sqlite3.Error where it may pass."""
    try:
        _make_private(settings.path)
        uri = f"file:{quote(settings.path)}?mode=rw"
        connection = sqlite3.connect(uri, timeout=settings.busy_s, isolation_level=None, uri=True)
    except OSError as error:
        raise StartError(f"functions.kv: {settings.path}: {error.strerror}") from error
    except sqlite3.Error as error:
        raise _judged(error, settings.path) from error
    try:
        _prepare(connection, settings)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error):
            raise _judged(error, settings.path) from error
        raise
    return connection


def _make_private(path: str) -> None:
    """Make a file that is not there, for our user alone; SQLite gives its log the same mode."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _prepare(connection: sqlite3.Connection, settings: SqliteSettings) -> None:
    is_made = _is_made(connection, settings.path)
    _log_ahead(connection, settings)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {LOG_KEPT_BYTES}")
    if not is_made:
        connection.execute("BEGIN IMMEDIATE")
        for statement in () if _is_made(connection, settings.path) else _STATEMENTS:  # Another may have been first.
            connection.execute(statement)
        connection.execute("COMMIT")


def _is_made(connection: sqlite3.Connection, path: str) -> bool:
    """Tell our database from a new one; raises StartError for another's."""
    if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        return False
    schema = _pragma(connection, "user_version")
    if _pragma(connection, "application_id") != APPLICATION:
        raise StartError(f"functions.kv: {path} is another program's database; give functions.kv another path")
    if schema > SCHEMA:
        raise StartError(
            f"functions.kv: {path} is of a newer Penstock (schema {schema}; this one knows {SCHEMA}): run that, or "
            "give functions.kv another path"
        )
    return True


def _log_ahead(connection: sqlite3.Connection, settings: SqliteSettings) -> None:
    """Switch to the write-ahead log. SQLite waits for no lock here, so we do."""
    give_up_at = monotonic() + settings.busy_s
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            break
        except sqlite3.OperationalError as error:
            if code_of(error) != sqlite3.SQLITE_BUSY or monotonic() > give_up_at:
                raise
            sleep(LOCKED_PAUSE_S)
    if mode != _WAL:
        raise StartError(f"functions.kv: {settings.path} is on a file system without shared memory; use a local disk")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _judged(error: sqlite3.Error, path: str) -> Exception:
    """Tell what somebody must mend from what may pass, as a lock or a full disk does."""
    code = code_of(error)
    if code in _DAMAGED:
        return StartError(
            f"functions.kv: {path} is no database, or a damaged one ({error}). Nothing was changed. Put a copy in its "
            f"place, or what `sqlite3 {os.path.basename(path)} .recover` saves of it; or move it and the files "
            f"{os.path.basename(path)}-* away to begin with an empty one"
        )
    if code in _NOT_OURS_TO_OPEN:
        return StartError(f"functions.kv: {path}: {error}; the file and its directory must be writable")
    return error
