"""The pid file."""

import os
from pathlib import Path

import pytest

from proxy.errors import StartError
from proxy.pid_file import PidFile


def test_it_has_this_process_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "penstock.pid"
    file = PidFile(path)
    file.write()
    assert path.read_text() == f"{os.getpid()}\n"
    assert list(tmp_path.iterdir()) == [path]
    file.remove()
    assert list(tmp_path.iterdir()) == []


def test_it_is_another_file_each_time_so_that_a_watcher_sees_it(tmp_path: Path) -> None:
    path = tmp_path / "penstock.pid"
    file = PidFile(path)
    file.write()
    before = path.stat()
    file.write()
    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns) != (after.st_ino, after.st_mtime_ns)


def test_a_successors_stays(tmp_path: Path) -> None:
    path = tmp_path / "penstock.pid"
    path.write_text("1\n")
    PidFile(path).remove()
    assert path.exists()


def test_one_that_is_gone_is_no_error(tmp_path: Path) -> None:
    PidFile(tmp_path / "penstock.pid").remove()


def test_one_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"cannot write the pid file: .*nowhere"):
        PidFile(tmp_path / "nowhere" / "penstock.pid").write()
