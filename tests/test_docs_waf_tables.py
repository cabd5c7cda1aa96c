"""docs/waf.md tells of every word of SecLang whether it is supported, and how many tests it has."""

from __future__ import annotations

import pytest
from kit import waf_tables
from kit.waf_case import Case
from kit.waf_semantics import CASES
from kit.waf_tables import KINDS, SAID_BY_OPTIONS, TESTS

from config.shape import keys_below
from config.waf_options import WafOptions
from filters.waf.seclang.operators import DEFAULT
from filters.waf.seclang.vocabulary import Support

KNOWN = {f"{kind}:{name}" for kind, (_, words) in KINDS.items() for name in words}
SUPPORTED = sorted(
    f"{kind}:{name}"
    for kind, (_, words) in KINDS.items()
    for name, word in words.items()
    if word.support in (Support.YES, Support.EMPTY)
)


def test_the_section_is_what_the_code_says() -> None:
    assert waf_tables.written() == waf_tables.section(), "write it anew: (cd tests && python -m kit.waf_tables)"


@pytest.mark.parametrize("word", SUPPORTED)
def test_every_word_that_is_supported_has_a_test(word: str) -> None:
    assert TESTS[word]


def test_tests_cover_words_that_there_are() -> None:
    assert set(TESTS) <= KNOWN


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_case_has_the_words_in_it_that_it_covers(case: Case) -> None:
    text = case.rules.lower().replace("tx.", "tx:")
    covered = {word.partition(":")[2] for word in case.covers.lower().split()} - {DEFAULT}
    assert {word for word in covered if word not in text} == set()


def test_titles_are_not_repeated() -> None:
    titles = [(case.title, case.covers) for case in CASES]
    assert len(titles) == len(set(titles))


def test_options_that_stand_for_directives_exist() -> None:
    options = set(keys_below(WafOptions))
    assert {part for option in SAID_BY_OPTIONS.values() for part in option.split(".")} <= options
