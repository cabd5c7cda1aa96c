"""The database's file: made once, whole or refused, and changed by whole transactions."""

import pathlib
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from wasm_host.functions.registry.database import Database
from wasm_host.functions.registry.errors import RegistryError
from wasm_host.functions.registry.tables import SCHEMA

ADD = "INSERT INTO functions VALUES (?, 0, 0)"


@pytest.fixture
def file(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Make a database; whatever the test does to it, no journal may be left."""
    Database(tmp_path / "functions.sqlite").make()
    yield tmp_path / "functions.sqlite"
    assert not list(tmp_path.glob("*-journal"))


def names(database: Database) -> list[str]:
    with database.reading() as connection:
        return [row[0] for row in connection.execute("SELECT name FROM functions ORDER BY name")]


def plain(file: pathlib.Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)


def test_it_is_made_once(file: pathlib.Path) -> None:
    database = Database(file)
    add(database, "a")
    database.make()
    assert names(database) == ["a"]


def test_a_file_that_was_left_empty_is_made(tmp_path: pathlib.Path) -> None:
    (tmp_path / "functions.sqlite").touch()
    database = Database(tmp_path / "functions.sqlite")
    database.make()
    assert names(database) == []


def test_a_path_may_hold_what_urls_may_not(tmp_path: pathlib.Path) -> None:
    database = Database(tmp_path / "a?mode=memory#%20.sqlite")
    database.make()
    assert names(database) == []
    assert (tmp_path / "a?mode=memory#%20.sqlite").stat().st_size


def add(database: Database, *names: str) -> None:
    with database.writing() as connection:
        for name in names:
            connection.execute(ADD, (name,))


def test_what_fails_in_the_middle_changes_nothing(file: pathlib.Path) -> None:
    database = Database(file)
    with pytest.raises(RegistryError, match=r"functions\.sqlite: UNIQUE constraint"):
        add(database, "a", "b", "a")
    assert names(database) == []


def test_what_is_tried_changes_nothing(file: pathlib.Path) -> None:
    database = Database(file)
    with database.trying() as connection:
        connection.execute(ADD, ("a",))
        assert connection.execute("SELECT count(*) FROM functions").fetchone()[0] == 1
    assert names(database) == []


def test_who_reads_sees_one_moment(file: pathlib.Path) -> None:
    database = Database(file)
    with database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM functions").fetchone()[0] == 0
        with sqlite3.connect(file, timeout=0, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute(ADD, ("a",))
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("COMMIT")
            other.execute("ROLLBACK")
        other.close()


def test_a_newer_schema_is_refused(file: pathlib.Path) -> None:
    plain(file, f"PRAGMA user_version = {SCHEMA + 1}")
    for use in (Database(file).make, lambda: names(Database(file))):
        with pytest.raises(RegistryError, match=f"newer Penstock .schema {SCHEMA + 1}; this one knows {SCHEMA}"):
            use()


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "functions.sqlite"
    plain(file, "CREATE TABLE theirs (a)")
    before = file.read_bytes()
    with pytest.raises(RegistryError, match="no registry of functions"):
        Database(file).make()
    assert file.read_bytes() == before


def test_what_is_no_database_is_refused_and_left_alone(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "functions.sqlite"
    file.write_bytes(b"not a database " * 1000)
    with pytest.raises(RegistryError, match=r"is damaged .*\.recover"):
        Database(file).make()
    assert file.read_bytes() == b"not a database " * 1000


def test_a_damaged_page_is_found_at_once(file: pathlib.Path) -> None:
    database = Database(file)
    add(database, *(f"function-{number}" for number in range(1000)))
    torn = bytearray(file.read_bytes())
    torn[-4096:-2048] = bytes(2048)
    file.write_bytes(torn)
    with pytest.raises(RegistryError, match="is damaged"):
        database.make()
    assert file.read_bytes() == torn


def test_a_file_that_is_gone_is_not_made_by_who_reads(tmp_path: pathlib.Path) -> None:
    with pytest.raises(RegistryError, match="is not there"):
        names(Database(tmp_path / "functions.sqlite"))
    assert not list(tmp_path.iterdir())


HALF_DONE = """
import os, sqlite3, sys
tables = sqlite3.connect(sys.argv[1], isolation_level=None)
tables.execute("PRAGMA cache_size = 1")  # Pages go to the file before the end, which needs the journal to be undone.
tables.execute("BEGIN IMMEDIATE")
tables.executemany("INSERT INTO functions VALUES (?, 0, 0)", ((f"function-{number}",) for number in range(5000)))
os.kill(os.getpid(), 9)
"""


def test_a_change_that_was_cut_short_is_undone(file: pathlib.Path) -> None:
    before = file.stat().st_size
    ended = subprocess.run([sys.executable, "-c", HALF_DONE, str(file)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert file.stat().st_size > before, "nothing was written that has to be undone"
    assert names(Database(file)) == []


def test_the_journal_is_on_disk_before_a_change_counts(file: pathlib.Path) -> None:
    with Database(file).writing() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (3,)


def test_a_store_that_cannot_be_written_is_told(tmp_path: pathlib.Path) -> None:
    (tmp_path / "functions.sqlite").mkdir()
    with pytest.raises(RegistryError, match="unable to open"):
        Database(tmp_path / "functions.sqlite").make()
    assert stat.S_ISDIR((tmp_path / "functions.sqlite").stat().st_mode)
