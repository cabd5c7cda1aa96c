"""The sink: whole lines, in pipes too, and paths that cannot be opened."""

from __future__ import annotations

import json
import os
import pathlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import StartError
from proxy.line_sink import Sink, pieces


def test_a_path_that_cannot_be_opened_is_named_with_what_it_is() -> None:
    with pytest.raises(StartError, match="audit log /nowhere/log: No such file"):
        Sink("/nowhere/log", "audit log")


def test_what_was_given_is_written_before_it_closes(tmp_path: pathlib.Path) -> None:
    sink = Sink(str(tmp_path / "log"), "audit log")
    sink.give(b"one\n")
    sink.give(b"two\n")
    sink.close()
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"


def test_it_says_when_all_that_was_given_is_written(tmp_path: pathlib.Path) -> None:
    sink = Sink(str(tmp_path / "log"), "audit log")
    for number in range(3):
        sink.give(b"line\n")
        sink.written().result(20)
        assert (tmp_path / "log").read_bytes() == b"line\n" * (number + 1)
    sink.close()


def test_who_gave_up_waiting_for_that_does_not_stop_it(tmp_path: pathlib.Path) -> None:
    sink = Sink(str(tmp_path / "log"), "audit log")
    for _ in range(100):
        sink.written().cancel()
    sink.give(b"line\n")
    sink.close()
    assert (tmp_path / "log").read_bytes() == b"line\n"


def test_a_new_file_has_the_mode_that_was_asked_for(tmp_path: pathlib.Path) -> None:
    Sink(str(tmp_path / "log"), "audit log", mode=0o600).close()
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_it_may_be_a_stream_of_the_process_which_stays_open(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as read, os.fdopen(writing, "wb") as stream:
        monkeypatch.setattr(sys, f"__{name}__", stream)
        sink = Sink(name, "audit log")
        sink.reopen()
        sink.give(b"line\n")
        sink.close()
        assert not stream.closed
        assert os.fstat(writing)
        assert read.readline() == b"line\n"


def test_writes_to_a_pipe_are_whole_lines_that_no_other_worker_can_split(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    sinks = [Sink(path, "log"), Sink(path, "log")]
    for number, sink in enumerate(sinks):
        line = json.dumps({"path": str(number) * 900}) + "\n"
        sink.give(line.encode() * 20)
    for sink in sinks:
        sink.close()
    lines = os.read(reader, 1 << 20).splitlines()
    os.close(reader)
    assert len(lines) == 40
    assert all(len(set(json.loads(line)["path"])) == 1 for line in lines)


@given(st.lists(st.integers(1, 50)), st.integers(1, 60))
def test_pieces_are_whole_lines_within_the_size(lengths: list[int], size: int) -> None:
    batch = b"".join(b"x" * (length - 1) + b"\n" for length in lengths)
    cut = list(pieces(batch, size))
    assert b"".join(cut) == batch
    assert all(piece.endswith(b"\n") for piece in cut)
    assert all(len(piece) <= size or piece.count(b"\n") == 1 for piece in cut)
