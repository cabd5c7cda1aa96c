"""The thread for SQLite when disks and locks are against it; the loop goes on."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from kit import no_leaks
from kit.leaks import BlockWatch
from kit.stores import Storing, got, reason_of, storing

from proxy.metrics import Registry
from wasm_host.functions.stores import sqlite_thread
from wasm_host.functions.stores.settings import Quota, SqliteSettings, StoresSettings
from wasm_host.functions.stores.sqlite_thread import SqliteThread


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kv.sqlite"


def stored_at(path: Path, busy_s: float = 20.0) -> StoresSettings:
    return StoresSettings(kv=SqliteSettings(str(path), busy_s))


class Lock:
    """Another process' transaction, as far as SQLite can tell."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("BEGIN IMMEDIATE")

    def release(self) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()


async def test_a_write_waits_for_another_process_and_the_loop_does_not(path: Path) -> None:
    async with storing(stored_at(path)) as worker:
        lock, watch = Lock(path), BlockWatch()
        watch.start()
        writing = worker.kv().set(b"key", b"value", 0)
        await asyncio.sleep(0.3)
        assert not writing.done()  # type: ignore[union-attr]
        lock.release()
        await got(writing)
        watch.stop()
        assert watch.longest_s < watch.bound_s


async def test_a_lock_that_is_held_for_long_makes_the_store_unavailable_for_as_long(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with storing(stored_at(path, busy_s=0.1)) as worker:
        kv = worker.kv()
        await kv.set(b"key", b"old", 0)
        lock = Lock(path)
        for _ in range(3):
            assert await reason_of(kv.set, b"key", b"new", 0) == "unavailable"
        assert not worker.is_up("kv")
        assert await kv.get(b"key") == b"old"
        lock.release()
        await kv.set(b"key", b"new", 0)
        assert worker.is_up("kv")
        assert worker.failures("kv", "busy") == 3
    assert "functions: kv is unavailable: database is locked" in caplog.messages


def commits(path: Path) -> int:
    """Count the transactions in the log: the last page of each tells the size of the database (fileformat2.html)."""
    log = Path(f"{path}-wal").read_bytes()
    page_bytes = int.from_bytes(log[8:12])
    frames = [log[at : at + 24] for at in range(32, len(log), 24 + page_bytes)]
    return sum(any(frame[4:8]) for frame in frames)


async def test_writes_of_one_moment_are_one_transaction(path: Path) -> None:
    async with storing(stored_at(path)) as worker:
        before = commits(path)
        lock = Lock(path)
        writes = [worker.kv().set(b"%d" % number, b"", 0) for number in range(50)]
        await asyncio.sleep(0.05)
        lock.release()
        for write in writes:
            await got(write)
        assert 1 <= commits(path) - before <= 2


async def test_one_refused_write_spoils_none_beside_it(path: Path) -> None:
    async with storing(StoresSettings(kv=SqliteSettings(str(path), 20.0), quota=Quota(bytes=50))) as worker:
        kv = worker.kv()
        first, refused, last = kv.set(b"a", b"1", 0), kv.set(b"b", bytes(100), 0), kv.set(b"c", b"3", 0)
        assert await reason_of(lambda: refused) == "over_budget"
        await got(first)
        await got(last)
        assert await kv.keys(b"", 10) == [b"a", b"c"]


def overwrite(path: Path) -> None:
    path.write_bytes(b"\xff" * path.stat().st_size)


def remove_all(directory: Path) -> None:
    for each in directory.iterdir():
        each.unlink()


def names(directory: Path) -> list[str]:
    return [each.name for each in directory.iterdir()]


async def test_a_file_that_is_damaged_while_it_is_used_makes_the_store_unavailable(path: Path) -> None:
    async with storing(stored_at(path)) as worker:
        await worker.kv().set(b"key", b"value", 0)
        with closing(sqlite3.connect(path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        overwrite(path)
        assert await reason_of(worker.kv().set, b"key", b"other", 0) == "unavailable"
        assert await reason_of(worker.kv().get, b"key") == "unavailable"
        remove_all(path.parent)
        await worker.kv().set(b"key", b"new", 0)
        assert await worker.kv().get(b"key") == b"new"


FULL = """
import asyncio, resource, signal, sys
from pathlib import Path
from proxy.metrics import Registry
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.stores.settings import Quota, SqliteSettings
from wasm_host.functions.stores.sqlite_store import SqliteStore
from wasm_host.functions.stores.sqlite_thread import SqliteThread

def make_room(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

async def main(path):
    thread = SqliteThread(SqliteSettings(path, 20.0), Quota(), Registry())
    store = SqliteStore(thread)
    await store.set("f", b"key", b"value", 0)
    make_room(Path(path + "-wal").stat().st_size + 10_000)
    try:
        await store.set("f", b"large", bytes(500_000), 0)
    except HostcallFailed as error:
        print(error.reason)
    print(await store.get("f", b"key"))
    make_room(resource.RLIM_INFINITY)
    await store.set("f", b"large", bytes(500_000), 0)
    print(await store.keys("f", b"", 10))
    await thread.close()

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
asyncio.run(main(sys.argv[1]))
"""


async def test_a_disk_without_room_makes_writes_unavailable_until_there_is_some(path: Path) -> None:
    """A limit on the size of files stands in for the disk: what writes beyond it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FULL, str(path), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await process.communicate()
    assert out.decode().splitlines() == ["unavailable", "b'value'", "[b'key', b'large']"], errors.decode()


async def test_too_much_that_waits_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_thread, "BACKLOG_BYTES", 10_000)
    async with storing(stored_at(path)) as worker:
        lock = Lock(path)
        first = worker.kv().set(b"a", bytes(7000), 0)
        assert await reason_of(worker.kv().set, b"b", bytes(7000), 0) == "unavailable"
        lock.release()
        await got(first)
        await worker.kv().set(b"b", bytes(7000), 0)
        assert worker.failures("kv", "backlog") == 1


async def test_who_gave_up_waiting_has_nothing_written(path: Path) -> None:
    async with storing(stored_at(path)) as worker:
        lock = Lock(path)
        first = worker.kv().set(b"a", b"", 0)
        await asyncio.sleep(0.1)
        given_up = worker.kv().set(b"b", b"", 0)
        given_up.cancel()  # type: ignore[union-attr]
        lock.release()
        await got(first)
        assert await worker.kv().keys(b"", 10) == [b"a"]


async def test_nobody_waits_for_ever(path: Path) -> None:
    async with storing(stored_at(path)) as worker:
        worker.stores._backends[-1]._within_s = 0.1  # type: ignore[attr-defined]
        lock = Lock(path)
        assert await reason_of(worker.kv().set, b"a", b"", 0) == "timeout"
        lock.release()


async def test_closing_ends_thread_and_file_after_what_was_given(path: Path) -> None:
    async with no_leaks():
        async with storing(stored_at(path)) as worker:
            writes = [worker.kv().set(b"%d" % number, b"", 0) for number in range(10)]
        assert [await got(write) for write in writes] == [None] * 10
        assert await reason_of(worker.kv().get, b"0") == "unavailable"
    assert names(path.parent) == ["kv.sqlite"]


async def test_nothing_is_touched_before_the_first_use(path: Path) -> None:
    worker = Storing(stored_at(path))
    kv = worker.kv()
    await asyncio.sleep(0)
    assert names(path.parent) == []
    await kv.set(b"key", b"value", 0)
    await worker.stores.close()
    assert names(path.parent) == ["kv.sqlite"]


async def test_a_fault_of_our_own_fails_the_call_and_not_the_thread(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    thread = SqliteThread(SqliteSettings(str(path), 20.0), Quota(), Registry())
    assert await reason_of(lambda: thread.ask(lambda pairs: pairs.nothing, writes=True)) == "unavailable"  # type: ignore[attr-defined]
    assert await thread.ask(lambda pairs: pairs.keys("f", b"", 1), writes=False) == []
    assert "the key-value store failed" in caplog.text
    await thread.close()
