"""Where guests' log lines go: to a process's stderr, or, while a module is only tried, to whoever tries it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from proxy.metrics import Registry
from wasm_host.log_lines import LEVELS, LogLines, printable

MOST_LINES: Final = 100

_WORDS: Final = dict(zip((5, 10, 20, 30, 40, 50), LEVELS, strict=True))
"""By the numbers that Python gives the levels; 5 is what wasm_host/log_lines.py writes trace with."""

_log = logging.getLogger("penstock.wasm")


class GuestLines(LogLines):
    """Keeps the lines of a guest that is only tried, each after its level."""

    __slots__ = ("kept",)

    def __init__(self, level: int) -> None:
        super().__init__("", level, Registry().wasm_log_dropped.child(""))
        self.kept: list[tuple[str, str]] = []

    def write(self, level: int, text: bytes) -> None:
        if level >= self.level:
            self.keep(LEVELS[level], printable(text))

    def keep(self, level: str, text: str) -> None:
        if len(self.kept) < MOST_LINES:
            self.kept.append((level, text))

    @contextmanager
    def with_the_hosts(self) -> Iterator[None]:
        """Keep what the host itself says of its guests, too, in place of writing it anywhere."""
        handler, propagate = _Keeping(self), _log.propagate
        _log.addHandler(handler)
        _log.propagate = False
        try:
            yield
        finally:
            _log.removeHandler(handler)
            _log.propagate = propagate


def print_guest_lines(stream: TextIO | None = None) -> None:
    """Let this process write guests' lines to stderr; each filter has a level of its own, so all of them are let by."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter("wasm %(word)s: %(message)s"))
    _log.addHandler(handler)
    _log.setLevel(min(_WORDS))
    _log.propagate = False


def _word(record: logging.LogRecord) -> str:
    return _WORDS.get(record.levelno, record.levelname.lower())


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        record.word = _word(record)
        return super().format(record)


class _Keeping(logging.Handler):
    def __init__(self, lines: GuestLines) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.keep(_word(record), record.getMessage())
