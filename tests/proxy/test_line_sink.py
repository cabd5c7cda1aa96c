"""The sink: whole lines, in pipes too, and paths that cannot be opened."""

from __future__ import annotations

import json
import os
import pathlib

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
