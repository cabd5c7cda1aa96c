"""Errors with their places."""

import pytest

from filters.waf.rule import Place
from filters.waf.seclang.faults import Faults, SecLangError, SecLangErrors, excerpt, nearest

HERE = Place("site.conf", 7)


def test_error_begins_with_its_place() -> None:
    assert str(SecLangError(HERE, "unknown action 'denny'")) == "site.conf:7: unknown action 'denny'"


def test_all_errors_are_raised_at_once_a_line_each() -> None:
    faults = Faults()
    faults.add(HERE, "first")
    faults.at(Place("site.conf", 9))("second")
    with pytest.raises(SecLangErrors) as raised:
        faults.raise_if_any()
    assert str(raised.value) == "site.conf:7: first\nsite.conf:9: second"
    assert [error.message for error in raised.value.errors] == ["first", "second"]


def test_nothing_is_raised_where_nothing_is_wrong() -> None:
    Faults().raise_if_any()


def test_faulty_places_are_known() -> None:
    faults = Faults()
    faults.add(HERE, "wrong")
    assert faults.has(HERE)
    assert not faults.has(Place("site.conf", 8))


def test_long_text_is_quoted_in_part() -> None:
    assert excerpt("a'b") == '"a\'b"'
    assert len(excerpt("x" * 10_000)) < 70


def test_nearest_name_is_found_in_any_case_and_spelled_right() -> None:
    assert nearest("PMFROMFILES", ["pm", "pmFromFile"]) == "; did you mean 'pmFromFile'?"


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    assert nearest("zebra", ["pm", "rx"]) == ""
