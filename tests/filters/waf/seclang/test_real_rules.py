"""The rules of CRS, where they are installed: the environment variable CRS_DIR, or Debian's package."""

from __future__ import annotations

import os
import pathlib
import re
import time
from collections.abc import Iterator

import pytest

from filters.waf.rule import Rule, Source
from filters.waf.seclang.phrases import words
from filters.waf.seclang.reader import read

PLACES = [pathlib.Path(each) for each in (os.environ.get("CRS_DIR"), "/usr/share/modsecurity-crs") if each]
INSTALLED = [place for place in PLACES if place.is_dir()]
LONGEST_S = 1.0

RULE = re.compile(r"^[ \t]*Sec(?:Rule|Action)[ \t]", re.MULTILINE)
FILE_OF_WORDS = re.compile(r'^[^#\n]*"!?@pmFromFile ([^" ]+)"', re.MULTILINE)

pytestmark = pytest.mark.skipif(not INSTALLED, reason="neither CRS_DIR nor Debian's package modsecurity-crs is there")


@pytest.fixture(scope="module", params=INSTALLED, ids=str)
def source(request: pytest.FixtureRequest) -> Source:
    begun = time.process_time()
    found = read([request.param])
    assert time.process_time() - begun < LONGEST_S
    return found


def rules_of(source: Source) -> Iterator[Rule]:
    for statement in source.statements:
        if isinstance(statement, Rule):
            yield statement
            yield from statement.chained


def test_as_many_rules_are_read_as_a_search_finds(source: Source) -> None:
    files = {statement.place.file for statement in source.statements}
    found = sum(len(RULE.findall(pathlib.Path(file).read_text())) for file in files)
    assert len(list(rules_of(source))) == found > 100


def test_as_many_words_are_read_as_the_files_hold(source: Source) -> None:
    expected = 0
    for file in sorted({pathlib.Path(statement.place.file) for statement in source.statements}):
        for name in FILE_OF_WORDS.findall(file.read_text()):
            expected += len(words((file.parent / name).read_text()))
    read_words = [
        len(rule.operator.phrases) for rule in rules_of(source) if rule.operator and rule.operator.name == "pmfromfile"
    ]
    assert sum(read_words) == expected > 0


def test_settings_come_before_the_rules(source: Source) -> None:
    assert pathlib.Path(source.statements[0].place.file).name.startswith("crs-setup.conf")


def test_every_rule_that_asks_says_what_it_looks_at(source: Source) -> None:
    assert all(rule.variables for rule in rules_of(source) if rule.operator is not None)
