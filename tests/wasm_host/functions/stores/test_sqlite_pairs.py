"""Pairs whose time is over: absent at once, removed little by little, and room for others."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit import FakeClock
from kit.clock import LATER_S

from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.stores.settings import Quota, SqliteSettings
from wasm_host.functions.stores.sqlite_file import open_pairs
from wasm_host.functions.stores.sqlite_pairs import REAPED_BY_WRITES, SqlitePairs


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    with FakeClock(LATER_S, "wall_clock") as made:
        yield made


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = open_pairs(SqliteSettings(str(tmp_path / "kv.sqlite")))
    yield opened
    opened.close()


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM pairs").fetchone()[0])


def used(connection: sqlite3.Connection, function: str = "f") -> tuple[int, int]:
    found: tuple[int, int] = connection.execute(
        "SELECT keys, bytes FROM used WHERE function = ?", (function,)
    ).fetchone()
    return found


def test_what_is_over_is_absent_at_once(connection: sqlite3.Connection, clock: FakeClock) -> None:
    pairs = SqlitePairs(connection, Quota())
    pairs.set("f", b"key", b"1", 10)
    clock.advance(9.999)
    assert pairs.get("f", b"key") == b"1"
    clock.advance(0.001)
    assert pairs.get("f", b"key") is None
    assert pairs.keys("f", b"", 10) == []
    assert pairs.delete("f", b"key") is False
    assert pairs.increment("f", b"key", 5) == 5


def test_a_counter_keeps_its_time_and_a_set_gives_a_new_one(connection: sqlite3.Connection, clock: FakeClock) -> None:
    pairs = SqlitePairs(connection, Quota())
    pairs.set("f", b"count", b"1", 10)
    pairs.set("f", b"key", b"1", 10)
    clock.advance(5)
    pairs.increment("f", b"count", 1)
    pairs.set("f", b"key", b"1", 0)
    clock.advance(5)
    assert pairs.get("f", b"count") is None
    assert pairs.get("f", b"key") == b"1"


def test_what_is_over_is_removed_in_small_numbers(connection: sqlite3.Connection, clock: FakeClock) -> None:
    pairs = SqlitePairs(connection, Quota())
    for number in range(3 * REAPED_BY_WRITES):
        pairs.set("f", b"%d" % number, b"", 10)
    pairs.set("f", b"stays", b"", 0)
    clock.advance(10)
    pairs.reap()
    assert count(connection) == 2 * REAPED_BY_WRITES + 1
    pairs.reap()
    pairs.reap()
    pairs.reap()
    assert pairs.keys("f", b"", 10) == [b"stays"]
    assert used(connection) == (1, 5)


def test_what_is_over_makes_room(connection: sqlite3.Connection, clock: FakeClock) -> None:
    pairs = SqlitePairs(connection, Quota(keys=2))
    pairs.set("f", b"a", b"", 10)
    pairs.set("f", b"b", b"", 10)
    with pytest.raises(HostcallFailed):
        pairs.set("f", b"c", b"", 0)
    clock.advance(10)
    pairs.set("f", b"c", b"", 0)
    assert count(connection) == 1


def test_what_a_function_uses_is_counted_exactly(connection: sqlite3.Connection) -> None:
    pairs = SqlitePairs(connection, Quota())
    pairs.set("f", b"key", b"value", 0)
    pairs.set("f", b"key", b"longer value", 10)
    pairs.set("g", b"key", b"value", 0)
    pairs.increment("f", b"n", 100)
    assert used(connection) == (2, 3 + 12 + 1 + 3)
    pairs.delete("f", b"key")
    assert used(connection) == (1, 4)
    assert used(connection, "g") == (1, 8)
