"""The tables of the registry's database."""

from __future__ import annotations

from typing import Final

SCHEMA: Final = 1
"""Kept in `PRAGMA user_version`."""

APPLICATION: Final = 0x50534654
"""Kept in `PRAGMA application_id`: `file` and we ourselves tell by it whose database this is."""

STATEMENTS: Final = (
    "CREATE TABLE registry (revision INTEGER NOT NULL)",
    "INSERT INTO registry VALUES (0)",
    # `last_number` outlives the versions that it counted, so that no number is given twice.
    """CREATE TABLE functions (
        name TEXT PRIMARY KEY,
        created_at REAL NOT NULL,
        last_number INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE versions (
        function TEXT NOT NULL REFERENCES functions ON DELETE CASCADE,
        number INTEGER NOT NULL,
        id TEXT NOT NULL,
        created_at REAL NOT NULL,
        module TEXT NOT NULL,
        size INTEGER NOT NULL,
        abi TEXT NOT NULL,
        settings TEXT NOT NULL,
        description TEXT NOT NULL,
        who TEXT NOT NULL,
        key TEXT,
        signature TEXT,
        PRIMARY KEY (function, number),
        UNIQUE (function, id)
    ) WITHOUT ROWID""",
    "CREATE INDEX versions_by_module ON versions (module)",
    # What an alias pointed at, one row after the other; `before` is the row that a rollback from here leads back to.
    """CREATE TABLE pointings (
        function TEXT NOT NULL,
        alias TEXT NOT NULL,
        number INTEGER NOT NULL,
        before INTEGER,
        split TEXT NOT NULL,
        at REAL NOT NULL,
        who TEXT NOT NULL,
        PRIMARY KEY (function, alias, number),
        FOREIGN KEY (function, alias) REFERENCES aliases ON DELETE CASCADE
    ) WITHOUT ROWID""",
    # `pointing` is the number of the row above that counts now.
    """CREATE TABLE aliases (
        function TEXT NOT NULL REFERENCES functions ON DELETE CASCADE,
        name TEXT NOT NULL,
        pointing INTEGER NOT NULL,
        PRIMARY KEY (function, name)
    ) WITHOUT ROWID""",
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {SCHEMA}",
)
