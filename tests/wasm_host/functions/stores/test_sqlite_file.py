"""The file of the key-value store: made, shared, refused."""

import asyncio
import os
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest
from kit.stores import Storing, storing

from proxy.errors import StartError
from wasm_host.functions.stores.settings import SqliteSettings, StoresSettings
from wasm_host.functions.stores.sqlite_file import SCHEMA, open_pairs

NONSENSE = b"no database " * 1000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kv.sqlite"


@pytest.fixture
def spoiled(path: Path) -> Path:
    """A file that is no database."""
    path.write_bytes(NONSENSE)
    return path


def content(path: Path) -> bytes:
    return path.read_bytes()


async def refusal(path: Path) -> str:
    """Return why a worker does not start with this file."""
    with pytest.raises(StartError) as refused:
        async with storing(StoresSettings(kv=SqliteSettings(str(path)))):
            pass
    return str(refused.value)


def test_a_new_file_is_for_our_user_alone(path: Path) -> None:
    with closing(open_pairs(SqliteSettings(str(path)))) as connection:
        connection.execute("INSERT INTO pairs VALUES ('f', x'00', x'00', NULL)")
        modes = {stat.S_IMODE(os.stat(each).st_mode) for each in path.parent.iterdir()}
    assert modes == {0o600}


def test_the_log_is_written_ahead_and_to_the_disk(path: Path) -> None:
    with closing(open_pairs(SqliteSettings(str(path)))) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_any_path_is_a_path(tmp_path: Path) -> None:
    with closing(open_pairs(SqliteSettings(str(tmp_path / "a?b#c %20é")))):
        assert (tmp_path / "a?b#c %20é").exists()


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    with closing(open_pairs(SqliteSettings(str(path)))) as connection:
        assert connection.execute("SELECT count(*) FROM pairs").fetchone() == (0,)


async def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(spoiled: Path) -> None:
    told = await refusal(spoiled)
    assert "damaged" in told
    assert "kv.sqlite .recover" in told
    assert content(spoiled) == NONSENSE


def damage(path: Path) -> None:
    """Write over what tells of the tables, behind the header."""
    with path.open("r+b") as file:
        file.seek(100)
        file.write(bytes(2000))


async def test_a_damaged_file_is_refused(path: Path) -> None:
    open_pairs(SqliteSettings(str(path))).close()
    damage(path)
    assert "damaged" in await refusal(path)


async def test_another_programs_database_is_refused_and_left_as_it_is(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE letters (a)")
    before = content(path)
    assert "another program's" in await refusal(path)
    assert content(path) == before


async def test_a_newer_schema_is_refused(path: Path) -> None:
    with closing(open_pairs(SqliteSettings(str(path)))) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    assert "newer" in await refusal(path)


async def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "No such file or directory" in await refusal(tmp_path / "none" / "kv.sqlite")


async def test_a_refused_start_leaves_a_worker_that_can_close(spoiled: Path) -> None:
    worker = Storing(StoresSettings(kv=SqliteSettings(str(spoiled))))
    worker.kv()
    for _ in range(2):
        with pytest.raises(StartError):
            await worker.stores.start()
    await worker.stores.close()


OPEN = """
import sys
from wasm_host.functions.stores.settings import SqliteSettings
from wasm_host.functions.stores.sqlite_file import open_pairs
sys.stdin.readline()
for _ in range(5):
    open_pairs(SqliteSettings(sys.argv[1], busy_s=20.0)).close()
"""


async def test_workers_that_begin_together_make_one_file(path: Path) -> None:
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", OPEN, str(path), stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    ends = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    assert [(process.returncode, end[1]) for process, end in zip(processes, ends, strict=True)] == [(0, b"")] * 3
    with closing(open_pairs(SqliteSettings(str(path)))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
