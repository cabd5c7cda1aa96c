"""Tells on standard error what is under way, and how long it took: a line for each step, which moves on a terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

import click

from proxy.runtime import monotonic

TICK_S: Final = 0.1
_ERASED: Final = "\r\x1b[K"


class Progress:
    """Without a stream it is standard error; what is no terminal gets a line when a step has ended."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self.moves = self._stream.isatty()

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        begun, end = monotonic(), threading.Event()
        moving = threading.Thread(target=self._move, args=(what, begun, end), name="progress", daemon=True)
        if self.moves:
            moving.start()
        outcome = "failed after "
        try:
            yield
            outcome = ""
        finally:
            end.set()
            if self.moves:
                moving.join()
            self.say(f"{what}: {outcome}{monotonic() - begun:.1f} s")

    def say(self, line: str) -> None:
        """Write a line; colours are lost where they don't belong."""
        click.echo(f"{_ERASED if self.moves else ''}{line}", file=self._stream)

    def _move(self, what: str, begun: float, end: threading.Event) -> None:
        while not end.wait(TICK_S):
            self._stream.write(f"{_ERASED}{what} … {monotonic() - begun:.1f} s")
            self._stream.flush()
