"""Reads rule files, and those that they include, into statements."""

from __future__ import annotations

import glob
import pathlib
from collections.abc import Iterator, Sequence
from typing import Final

from filters.waf.rule import Directive, Place, Source, Statement
from filters.waf.seclang.chains import fold
from filters.waf.seclang.faults import Faults, Report
from filters.waf.seclang.identities import check_identities
from filters.waf.seclang.layout import rule_files
from filters.waf.seclang.lines import logical_lines
from filters.waf.seclang.operators import PhraseReader
from filters.waf.seclang.phrases import PhraseFiles
from filters.waf.seclang.statements import read_statement
from filters.waf.seclang.texts import Unreadable, read_text
from filters.waf.seclang.words import words

DEEPEST_INCLUDE: Final = 16

_INCLUDES: Final = ("Include", "IncludeOptional")
_END_OF_BLOCK: Final = "</"
"""Of a block whose beginning is reported already."""


def read(paths: Sequence[pathlib.Path]) -> Source:
    """Read files, and directories as `layout` says, in this order; raises SecLangErrors with all that is wrong.

    What is known but not supported is read as well: `tables` tells, and the compiler decides.
    """
    faults = Faults()
    reading = _Reading(faults)
    statements = list(fold((each for path in paths for each in reading.path(path)), faults))
    check_identities(statements, faults)
    faults.raise_if_any()
    return Source(statements)


class _Reading:
    """The files that are open, each included by the one before it, and what was read on the way."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._open: list[pathlib.Path] = []
        self._phrases = PhraseFiles()

    def path(self, path: pathlib.Path) -> Iterator[Statement]:
        report = self._faults.at(Place(str(path), 1))
        if not path.is_dir():
            yield from self._file(path, report)
            return
        files = rule_files(path)
        if not files:
            report("the directory has no rules; name one that has *.conf, or rules/*.conf")
        for file in files:
            yield from self._file(file, report)

    def _file(self, path: pathlib.Path, report: Report) -> Iterator[Statement]:
        try:
            text = read_text(path)
        except Unreadable as error:
            report(str(error))
            return
        self._open.append(path.resolve())
        for number, line in logical_lines(text):
            yield from self._line(Place(str(path), number), line, path.parent)
        self._open.pop()

    def _line(self, place: Place, line: str, directory: pathlib.Path) -> Iterator[Statement]:
        report = self._faults.at(place)
        written = words(line, report)
        if self._faults.has(place):
            report = _silent
        if not written or written[0].startswith(_END_OF_BLOCK):
            return
        statement = read_statement(place, written, self._phrase_reader(directory), report)
        if isinstance(statement, Directive) and statement.name in _INCLUDES:
            yield from self._include(statement, directory, report)
        elif statement is not None:
            yield statement

    def _phrase_reader(self, directory: pathlib.Path) -> PhraseReader:
        return lambda word, argument, report: self._phrases.read(word, argument, directory, report)

    def _include(self, include: Directive, directory: pathlib.Path, report: Report) -> Iterator[Statement]:
        pattern = str(directory / include.arguments[0])
        files = [pathlib.Path(name) for name in sorted(glob.glob(pattern))]
        if not files and include.name == "Include":
            report(f"there is no {pattern}; write IncludeOptional if it may be missing")
        for file in files:
            if file.resolve() in self._open:
                report(f"{file} is being read already; a file cannot include itself")
            elif len(self._open) == DEEPEST_INCLUDE:
                report(f"{file} is the {DEEPEST_INCLUDE + 1}th file in one another; include it from further above")
            else:
                yield from self._file(file, report)


def _silent(message: str) -> None:
    """Leave out what only follows from an error already told."""
