"""What guests log: one line each, cut, made visible, and not without end."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.clock import FakeClock

from proxy.metrics import Cell
from wasm_host.log_lines import BYTES_A_SECOND, LEVELS, LINES_A_SECOND, LONGEST_LINE_BYTES, LogLines, printable

INFO = LEVELS.index("info")


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    with FakeClock() as clock:
        yield clock


@pytest.fixture(autouse=True)
def everything_is_written(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1, "penstock.wasm")


def lines(level: str = "trace") -> tuple[LogLines, Cell]:
    dropped = Cell(())
    return LogLines("auth", LEVELS.index(level), dropped), dropped


@pytest.mark.parametrize(
    ("level", "python"),
    [
        ("trace", 5),
        ("debug", logging.DEBUG),
        ("info", logging.INFO),
        ("warn", logging.WARNING),
        ("error", logging.ERROR),
        ("critical", logging.CRITICAL),
    ],
)
def test_each_level_has_its_python_level(level: str, python: int, caplog: pytest.LogCaptureFixture) -> None:
    lines()[0].write(LEVELS.index(level), b"hello")
    assert caplog.record_tuples == [("penstock.wasm", python, "auth: hello")]


def test_what_is_below_the_level_is_neither_written_nor_counted(caplog: pytest.LogCaptureFixture) -> None:
    log, dropped = lines("warn")
    for number in range(len(LEVELS)):
        log.write(number, LEVELS[number].encode())
    assert [record.getMessage() for record in caplog.records] == ["auth: warn", "auth: error", "auth: critical"]
    assert dropped.value == 0


def test_the_level_may_change(caplog: pytest.LogCaptureFixture) -> None:
    log, _ = lines("error")
    log.write(INFO, b"not yet")
    log.level = INFO
    log.write(INFO, b"now")
    assert caplog.messages == ["auth: now"]


@given(st.binary(max_size=200))
def test_a_line_is_one_line_of_visible_characters(text: bytes) -> None:
    shown = printable(text)
    assert not any((ord(each) < 32 and each != "\t") or 127 <= ord(each) < 160 for each in shown)
    assert len(shown.splitlines()) <= 1 or any(each in shown for each in "\u2028\u2029")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"plain", "plain"),
        ("grüße ☃".encode(), "grüße ☃"),
        (b"tab\tkept", "tab\tkept"),
        (b"end\n", "end"),
        (b"two\nlines", "two\\x0alines"),
        (b"forged\r\nERROR root: pwned", "forged\\x0d\\x0aERROR root: pwned"),
        (b"\x1b[2Jcleared\x07", "\\x1b[2Jcleared\\x07"),
        ("\x9b2Jcleared".encode(), "\\x9b2Jcleared"),
        (b"nul\0", "nul\\x00"),
        (b"\xff\xfe", "\\xff\\xfe"),
        (b"100%s", "100%s"),
    ],
)
def test_what_would_act_on_a_terminal_or_forge_a_line_is_shown(
    text: bytes, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    lines()[0].write(INFO, text)
    assert caplog.messages == [f"auth: {shown}"]


def test_a_long_line_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    lines()[0].write(INFO, b"a" * (LONGEST_LINE_BYTES + 1))
    assert caplog.messages == ["auth: " + "a" * LONGEST_LINE_BYTES]


def test_what_is_over_the_rate_is_counted_and_told_in_the_next_second(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    log, dropped = lines()
    clock.now = float(int(clock.now))
    for number in range(LINES_A_SECOND + 30):
        log.write(INFO, b"%d" % number)
    assert len(caplog.messages) == LINES_A_SECOND
    assert caplog.messages[-1] == f"auth: {LINES_A_SECOND - 1}"
    assert dropped.value == 30
    clock.advance(0.9)
    log.write(INFO, b"too early")
    assert dropped.value == 31
    clock.advance(0.2)
    log.write(INFO, b"again")
    assert caplog.messages[LINES_A_SECOND:] == ["auth: 31 lines were dropped", "auth: again"]
    clock.advance(5)
    log.write(INFO, b"later")
    assert caplog.messages[-1] == "auth: later"
    assert len(caplog.messages) == LINES_A_SECOND + 3


def test_one_filters_flood_is_not_anothers(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    loud, _ = lines()
    quiet, dropped = lines()
    for _ in range(2 * LINES_A_SECOND):
        loud.write(INFO, b"flood")
    quiet.write(INFO, b"hello")
    assert dropped.value == 0
    assert caplog.messages[-1] == "auth: hello"


def test_long_lines_use_up_the_second_before_their_number_does(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    log, dropped = lines()
    for _ in range(LINES_A_SECOND):
        log.write(INFO, b"a" * 2 * LONGEST_LINE_BYTES)
    assert len(caplog.messages) == BYTES_A_SECOND // LONGEST_LINE_BYTES
    assert dropped.value == LINES_A_SECOND - len(caplog.messages)
