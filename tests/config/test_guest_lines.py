"""Guests' log lines, kept or printed."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from config.guest_lines import MOST_LINES, GuestLines, print_guest_lines
from proxy.metrics import Registry
from wasm_host.log_lines import LogLines

_log = logging.getLogger("penstock.wasm")


@pytest.fixture
def printed() -> Iterator[io.StringIO]:
    """Print as a worker does, and take it back."""
    before = (_log.handlers[:], _log.level, _log.propagate)
    stream = io.StringIO()
    print_guest_lines(stream)
    yield stream
    _log.handlers, _log.level, _log.propagate = before


def lines_of(name: str, level: int = 0) -> LogLines:
    return LogLines(name, level, Registry().wasm_log_dropped.child(name))


def test_a_line_is_printed_after_its_level_and_its_filter(printed: io.StringIO) -> None:
    lines = lines_of("auth")
    for level in range(6):
        lines.write(level, b"@@ text")
    assert printed.getvalue().splitlines() == [
        f"wasm {level}: auth: @@ text" for level in ("trace", "debug", "info", "warn", "error", "critical")
    ]


def test_a_filters_own_level_decides(printed: io.StringIO) -> None:
    lines_of("auth", 2).write(1, b"nothing")
    lines_of("ab", 1).write(1, b"something")
    assert printed.getvalue() == "wasm debug: ab: something\n"


def test_what_a_guest_writes_stays_one_line(printed: io.StringIO) -> None:
    lines_of("auth").write(2, b"one\ntwo\x1b[0m\xff\n")
    assert printed.getvalue() == "wasm info: auth: one\\x0atwo\\x1b[0m\\xff\n"


def test_other_loggers_are_left_alone(printed: io.StringIO) -> None:
    logging.getLogger("penstock.filter").error("elsewhere")
    assert printed.getvalue() == ""


def test_lines_that_are_kept_are_not_printed(printed: io.StringIO) -> None:
    lines = GuestLines(2)
    lines.write(1, b"too low")
    lines.write(3, b"kept")
    assert (lines.kept, printed.getvalue()) == ([("warn", "kept")], "")


def test_no_more_are_kept_than_anybody_reads() -> None:
    lines = GuestLines(0)
    for _ in range(MOST_LINES + 1):
        lines.write(2, b"again")
    assert len(lines.kept) == MOST_LINES


def test_what_the_host_says_can_be_kept_too(capsys: pytest.CaptureFixture[str]) -> None:
    lines = GuestLines(0)
    with lines.with_the_hosts():
        _log.warning("%s is not called", "auth")
    _log.debug("after that: nothing")
    assert (lines.kept, capsys.readouterr().err) == ([("warn", "auth is not called")], "")
