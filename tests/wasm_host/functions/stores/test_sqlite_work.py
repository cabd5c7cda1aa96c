"""What the thread does: outcomes of jobs, whatever happens to the file."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from proxy.errors import StartError
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.stores.settings import Quota, SqliteSettings
from wasm_host.functions.stores.sqlite_pairs import SqlitePairs
from wasm_host.functions.stores.sqlite_work import SqliteWork


class Job:
    outcome: Any = None

    def __init__(self, work: Callable[[SqlitePairs], Any]) -> None:
        self.work = work


def a_set(key: bytes, value: bytes = b"") -> Job:
    return Job(lambda pairs: pairs.set("f", key, value, 0))


def a_list() -> Job:
    return Job(lambda pairs: pairs.keys("f", b"", 10))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kv.sqlite"


@pytest.fixture
def work(path: Path) -> Iterator[SqliteWork]:
    made = SqliteWork(SqliteSettings(str(path), busy_s=0.05), Quota(bytes=100))
    yield made
    made.close()


def listed(work: SqliteWork) -> Any:
    job = a_list()
    work.read([job])
    return job.outcome


def test_jobs_have_their_own_outcomes(work: SqliteWork) -> None:
    jobs = [a_set(b"a"), a_set(b"b", bytes(200)), a_set(b"c"), a_list()]
    work.write(jobs)
    assert isinstance(jobs[1].outcome, HostcallFailed)
    assert jobs[3].outcome == [b"a", b"c"]
    assert listed(work) == [b"a", b"c"]


def test_where_one_breaks_the_transaction_none_is_made(work: SqliteWork) -> None:
    def breaks(pairs: SqlitePairs) -> None:
        raise sqlite3.OperationalError("the disk is gone")

    jobs = [a_set(b"a"), Job(breaks), a_set(b"c")]
    work.write(jobs)
    assert [type(job.outcome) for job in jobs] == [sqlite3.OperationalError] * 3
    assert listed(work) == []


def test_a_lock_of_another_is_the_outcome_and_passes(work: SqliteWork, path: Path) -> None:
    work.write([a_set(b"a")])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        job = a_set(b"b")
        work.write([job])
        assert str(job.outcome) == "database is locked"
        assert listed(work) == [b"a"]
    work.write([a_set(b"b")])
    assert listed(work) == [b"a", b"b"]


def test_a_file_that_somebody_must_mend_is_tried_again(work: SqliteWork, path: Path) -> None:
    path.write_bytes(b"no database " * 1000)
    assert isinstance(listed(work), StartError)
    path.unlink()
    assert listed(work) == []


def test_closing_twice_does_no_harm(work: SqliteWork) -> None:
    work.write([a_set(b"a")])
    work.close()
    work.close()
    assert listed(work) == [b"a"]
