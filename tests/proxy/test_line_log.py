"""Lines on their way to a sink: batches, rotation, and a sink that does not keep up."""

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy import line_log
from proxy.line_log import LineLog
from proxy.metrics import Cell
from proxy.runtime import monotonic


def opened(path: Path | str, dropped: Cell | None = None) -> LineLog:
    return LineLog(str(path), "log", dropped or Cell(()))


def lines(file: Path) -> list[str]:
    return file.read_text().splitlines()


async def test_lines_are_written_at_the_end(tmp_path: Path) -> None:
    log = opened(tmp_path / "log")
    log.add("/1\n")
    log.add("/2\n")
    log.close()
    assert lines(tmp_path / "log") == ["/1", "/2"]


async def test_a_line_waits_half_a_second_at_most(tmp_path: Path) -> None:
    log = opened(tmp_path / "log")
    log.add("/a\n")
    await asyncio.sleep(line_log.FLUSH_AFTER_S + 0.2)
    assert lines(tmp_path / "log") == ["/a"]
    log.close()


async def test_many_lines_are_written_before_that(tmp_path: Path) -> None:
    log = opened(tmp_path / "log")
    line = "a" * 1000 + "\n"
    for _ in range(line_log.FLUSH_BYTES // 1000 + 1):
        log.add(line)
    log.reopen()
    await asyncio.sleep(0.2)
    assert len(lines(tmp_path / "log")) >= 60
    log.close()


async def test_what_was_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("/old\n")
    log = opened(tmp_path / "log")
    log.add("/new\n")
    log.close()
    assert lines(tmp_path / "log") == ["/old", "/new"]


async def test_a_rotated_file_is_let_go(tmp_path: Path) -> None:
    log = opened(tmp_path / "log")
    log.add("/before\n")
    log.flush()
    await asyncio.sleep(0.1)
    (tmp_path / "log").rename(tmp_path / "log.1")
    log.reopen()
    log.add("/after\n")
    log.close()
    assert (lines(tmp_path / "log.1"), lines(tmp_path / "log")) == (["/before"], ["/after"])


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """Make a named pipe; gives its path, and a descriptor to read from."""
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield path, reader
    os.close(reader)


async def test_a_sink_that_blocks_costs_lines_and_never_the_loop(
    pipe: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_log, "MAX_PENDING_BYTES", 100_000)
    dropped = Cell(())
    log = opened(pipe[0], dropped)
    long = "a" * 1000 + "\n"
    started = monotonic()
    for _ in range(1000):
        log.add(long)
    log.flush()
    assert monotonic() - started < 1
    os.set_blocking(pipe[1], True)
    drained = threading.Thread(target=lambda: [None for _ in iter(lambda: os.read(pipe[1], 65536), b"")])
    drained.start()
    log.close()
    drained.join(5)
    assert 500 < dropped.value < 1000
