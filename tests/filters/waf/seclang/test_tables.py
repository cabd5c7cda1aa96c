"""The words of SecLang and their numbers in the blob."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from filters.waf.seclang.tables import ACTIONS, COLLECTIONS, CTLS, DIRECTIVES, OPERATORS, TRANSFORMATIONS
from filters.waf.seclang.vocabulary import Support, Word


@pytest.mark.parametrize(
    ("table", "name", "number"),
    [
        (TRANSFORMATIONS, "lowercase", 0),
        (TRANSFORMATIONS, "normalisepath", 9),
        (TRANSFORMATIONS, "normalizepath", 9),
        (TRANSFORMATIONS, "base64decode", 19),
        (TRANSFORMATIONS, "urlencode", 31),
        (TRANSFORMATIONS, "none", None),
        (OPERATORS, "unconditionalmatch", 0),
        (OPERATORS, "rx", 1),
        (OPERATORS, "pmfromfile", 2),
        (OPERATORS, "ipmatchf", 13),
        (OPERATORS, "rxglobal", 23),
        (OPERATORS, "rbl", None),
        (COLLECTIONS, "args", 0),
        (COLLECTIONS, "request_body", 19),
        (COLLECTIONS, "multipart_lf_line", 31),
        (COLLECTIONS, "xml", 32),
        (COLLECTIONS, "tx", 44),
        (COLLECTIONS, "ip", 51),
        (COLLECTIONS, "env", 57),
        (COLLECTIONS, "time_hour", 58),
        (COLLECTIONS, "reqbody_processor_error", 22),
        (COLLECTIONS, "full_request_length", 69),
        (CTLS, "ruleremovebyid", 0),
        (CTLS, "ruleremovetargetbytag", 1),
        (CTLS, "responsebodyaccess", 6),
    ],
)
def test_number_is_that_of_the_blob(table: Mapping[str, Word], name: str, number: int | None) -> None:
    assert table[name].number == number


@pytest.mark.parametrize("table", [OPERATORS, COLLECTIONS, TRANSFORMATIONS])
def test_what_has_a_number_is_supported_and_the_rest_is_not(table: Mapping[str, Word]) -> None:
    assert {word.name for word in table.values() if word.supported is (word.number is None)} <= {"none"}


@pytest.mark.parametrize(("table", "count"), [(TRANSFORMATIONS, 32), (OPERATORS, 24), (COLLECTIONS, 70), (CTLS, 7)])
def test_no_number_is_missing(table: Mapping[str, Word], count: int) -> None:
    assert {word.number for word in table.values()} - {None} == set(range(count))


def test_what_there_is_not_here_is_accepted_and_empty() -> None:
    empty = {word.name for word in COLLECTIONS.values() if word.support is Support.EMPTY}
    assert empty == {"IP", "GLOBAL", "SESSION", "USER", "RESOURCE", "GEO", "ENV", "DURATION"}


def test_flag_variables_say_which_flag_they_are() -> None:
    assert COLLECTIONS["multipart_semicolon_missing"].flag == COLLECTIONS["multipart_missing_semicolon"].flag
    assert COLLECTIONS["time_epoch"].flag == "EPOCH"


@pytest.mark.parametrize("name", ["secrulescript", "secremoterules", "secgeolookupdb"])
def test_directive_that_would_be_missed_is_not_supported(name: str) -> None:
    assert not DIRECTIVES[name].supported


@pytest.mark.parametrize("name", ["exec", "proxy", "append"])
def test_action_that_would_be_missed_is_not_supported(name: str) -> None:
    assert not ACTIONS[name].supported


@pytest.mark.parametrize("table", [ACTIONS, COLLECTIONS, CTLS, DIRECTIVES, OPERATORS, TRANSFORMATIONS])
def test_words_are_found_by_their_names_in_lower_case(table: Mapping[str, Word]) -> None:
    assert all(key == word.name.lower() for key, word in table.items())
