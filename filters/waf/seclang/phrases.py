"""Reads the files that operators name: words for `@pmFromFile`, networks for `@ipMatchFromFile`."""

from __future__ import annotations

import pathlib

from filters.waf.seclang.faults import Report
from filters.waf.seclang.lines import BLANKS
from filters.waf.seclang.tables import OPERATORS
from filters.waf.seclang.texts import Unreadable, read_text
from filters.waf.seclang.vocabulary import OperatorWord

NETWORKS = OPERATORS["ipmatch"].number


class PhraseFiles:
    """Reads each file once, however many rules name it."""

    def __init__(self) -> None:
        self._texts: dict[pathlib.Path, str] = {}

    def read(self, word: OperatorWord, argument: str, directory: pathlib.Path, report: Report) -> tuple[str, ...]:
        """Return what the files hold, one behind the other; their names are relative to the directory."""
        phrases_in = networks if word.number == NETWORKS else words
        found: list[str] = []
        for name in argument.split():
            try:
                found += phrases_in(self._text(directory / name))
            except Unreadable as error:
                report(f"@{word.name} {error}; write a file's path, from {directory}")
        return tuple(found)

    def _text(self, path: pathlib.Path) -> str:
        if path not in self._texts:
            self._texts[path] = read_text(path)
        return self._texts[path]


def words(text: str) -> list[str]:
    """Return the lines but comments and empty ones, exactly: blanks at an end are part of a phrase."""
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def networks(text: str) -> list[str]:
    """Return addresses and networks, one or more a line, commas between; `#` begins a comment anywhere."""
    lines = (line.partition("#")[0] for line in text.split("\n"))
    parts = (part.strip(BLANKS + "\r") for line in lines for part in line.split(","))
    return [part for part in parts if part]
