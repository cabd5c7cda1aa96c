"""What is told of steps: plain lines, and lines that move on a terminal."""

from __future__ import annotations

import io
import re
import threading

import pytest

from config.progress import Progress


class Terminal(io.StringIO):
    """Tells when a step has moved."""

    def __init__(self) -> None:
        super().__init__()
        self.moved = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if "…" in text:
            self.moved.set()
        return super().write(text)


def test_a_step_is_one_plain_line_where_nobody_watches() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    with progress.step("compile"):
        assert stream.getvalue() == ""
    progress.say("done")
    assert re.fullmatch(r"compile: \d+\.\d s\ndone\n", stream.getvalue())


def test_a_step_that_fails_is_said_to_have_failed() -> None:
    stream = io.StringIO()
    with pytest.raises(KeyError), Progress(stream).step("compile"):
        raise KeyError
    assert re.fullmatch(r"compile: failed after \d+\.\d s\n", stream.getvalue())


def test_a_terminal_shows_the_time_while_it_runs() -> None:
    stream = Terminal()
    with Progress(stream).step("compile"):
        assert stream.moved.wait(30)
    shown = stream.getvalue().split("\r\x1b[K")
    assert shown[1].startswith("compile … 0.")
    assert re.fullmatch(r"compile: \d+\.\d s\n", shown[-1])
