"""The access log's batches, its sink, and a sink that does not keep up."""

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy import access_log
from proxy.access_log import AccessLog, pieces
from proxy.errors import StartError
from proxy.exchange import Client, Exchange
from proxy.messages import Request
from proxy.metrics import Cell
from proxy.runtime import monotonic


def exchange(path: str = "/a") -> Exchange:
    return Exchange(Request("GET", path), Client("192.0.2.7", 4711, "public"))


def opened(path: Path | str, dropped: Cell | None = None) -> AccessLog:
    return AccessLog(str(path), ("path",), dropped or Cell(()))


def paths(file: Path) -> list[str]:
    return [json.loads(line)["path"] for line in file.read_text().splitlines()]


async def test_lines_are_written_at_the_end(tmp_path: Path) -> None:
    log = opened(tmp_path / "log")
    log.write(exchange("/1"))
    log.write(exchange("/2"))
    log.close()
    assert paths(tmp_path / "log") == ["/1", "/2"]


async def test_a_line_waits_half_a_second_at_most(tmp_path: Path) -> None:
    log = opened(tmp_path / "log")
    log.write(exchange())
    await asyncio.sleep(access_log.FLUSH_AFTER_S + 0.2)
    assert paths(tmp_path / "log") == ["/a"]
    log.close()


async def test_many_lines_are_written_before_that(tmp_path: Path) -> None:
    log = opened(tmp_path / "log")
    path = "/" + "a" * 1000
    for _ in range(access_log.FLUSH_BYTES // 1000):
        log.write(exchange(path))
    log.reopen()
    await asyncio.sleep(0.2)
    assert len(paths(tmp_path / "log")) >= 60
    log.close()


async def test_what_was_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "log").write_text('{"path":"/old"}\n')
    log = opened(tmp_path / "log")
    log.write(exchange("/new"))
    log.close()
    assert paths(tmp_path / "log") == ["/old", "/new"]


async def test_a_rotated_file_is_let_go(tmp_path: Path) -> None:
    log = opened(tmp_path / "log")
    log.write(exchange("/before"))
    log.flush()
    await asyncio.sleep(0.1)
    (tmp_path / "log").rename(tmp_path / "log.1")
    log.reopen()
    log.write(exchange("/after"))
    log.close()
    assert (paths(tmp_path / "log.1"), paths(tmp_path / "log")) == (["/before"], ["/after"])


def test_a_path_that_cannot_be_opened_is_named() -> None:
    with pytest.raises(StartError, match="access log /nowhere/log: No such file"):
        opened("/nowhere/log")


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
    monkeypatch.setattr(access_log, "MAX_PENDING_BYTES", 100_000)
    dropped = Cell(())
    log = opened(pipe[0], dropped)
    long = exchange("/" + "a" * 1000)
    started = monotonic()
    for _ in range(1000):
        log.write(long)
    log.flush()
    assert monotonic() - started < 1
    os.set_blocking(pipe[1], True)
    drained = threading.Thread(target=lambda: [None for _ in iter(lambda: os.read(pipe[1], 65536), b"")])
    drained.start()
    log.close()
    drained.join(5)
    assert 500 < dropped.value < 1000


async def test_writes_to_a_pipe_are_whole_lines_that_no_other_worker_can_split(pipe: tuple[str, int]) -> None:
    logs = [opened(pipe[0]), opened(pipe[0])]
    for number, log in enumerate(logs):
        for _ in range(20):
            log.write(exchange("/" + str(number) * 900))
        log.flush()
    await asyncio.sleep(0.1)
    lines = os.read(pipe[1], 1 << 20).splitlines()
    for log in logs:
        log.close()
    assert len(lines) == 40
    assert all(len(set(json.loads(line)["path"][1:])) == 1 for line in lines)


@given(st.lists(st.integers(1, 50)), st.integers(1, 60))
def test_pieces_are_whole_lines_within_the_size(lengths: list[int], size: int) -> None:
    batch = b"".join(b"x" * (length - 1) + b"\n" for length in lengths)
    cut = list(pieces(batch, size))
    assert b"".join(cut) == batch
    assert all(piece.endswith(b"\n") for piece in cut)
    assert all(len(piece) <= size or piece.count(b"\n") == 1 for piece in cut)
