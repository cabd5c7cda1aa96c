"""Operators: what a rule asks of a value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.waf.rule import Operator
from filters.waf.seclang.faults import Report
from filters.waf.seclang.operators import read_operator
from filters.waf.seclang.vocabulary import OperatorWord


def two_words(word: OperatorWord, argument: str, report: Report) -> tuple[str, ...]:
    return (f"{word.name} of {argument}", "second")


def read(text: str) -> Operator:
    problems: list[str] = []
    operator = read_operator(text, two_words, problems.append)
    assert problems == []
    return operator


def problems_of(text: str) -> list[str]:
    problems: list[str] = []
    read_operator(text, two_words, problems.append)
    return problems


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("@rx ^a b$", Operator("rx", "^a b$")),
        ("!@streq x", Operator("streq", "x", negated=True)),
        ("! @streq x", Operator("streq", "x", negated=True)),
        ("@detectSQLi", Operator("detectsqli")),
        ("@detectSQLi ", Operator("detectsqli", "")),
        ("@BEGINSWITH /admin", Operator("beginswith", "/admin")),
        ("@contains  two ", Operator("contains", " two ")),
        ("@pm a b @c", Operator("pm", "a b @c")),
        ("@within %{tx.allowed}", Operator("within", "%{tx.allowed}")),
        ("@geoLookup", Operator("geolookup")),
        ("@rbl dnsbl.test", Operator("rbl", "dnsbl.test")),
    ],
)
def test_operator_is_read(text: str, operator: Operator) -> None:
    assert read(text) == operator


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("^x$", Operator("rx", "^x$")),
        ("!^x$", Operator("rx", "^x$", negated=True)),
        ("a@b", Operator("rx", "a@b")),
        ("", Operator("rx", "")),
    ],
)
def test_text_without_an_operator_is_a_pattern(text: str, operator: Operator) -> None:
    assert read(text) == operator


@pytest.mark.parametrize("name", ["pmFromFile", "pmf", "ipMatchFromFile", "ipMatchF"])
def test_files_of_phrases_are_read(name: str) -> None:
    operator = read(f"@{name} a.data b.data")
    assert operator.argument == "a.data b.data"
    assert operator.phrases == (f"{name} of a.data b.data", "second")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@pmFromFiles a", "unknown operator '@pmFromFiles'; did you mean 'pmFromFile'?"),
        ("@home", "unknown operator '@home'; a pattern that begins so is written '@rx @…'"),
        ("@", "unknown operator '@'; a pattern that begins so is written '@rx @…'"),
        ("@rx", "@rx lacks its argument; write '@rx …'"),
        ("@rx ", "@rx lacks its argument; write '@rx …'"),
        ("@pmFromFile", "@pmFromFile lacks its argument; write '@pmFromFile …'"),
        ("@detectXSS now", "@detectXSS takes no argument, but has 'now'"),
    ],
)
def test_wrong_operator_is_reported_with_what_is_right(text: str, message: str) -> None:
    assert problems_of(text) == [message]


@given(st.sampled_from(["rx", "pm", "streq", "within"]), st.text(min_size=1), st.booleans())
def test_rendered_operator_is_read_back(name: str, argument: str, negated: bool) -> None:
    assert read(f"{'!' if negated else ''}@{name} {argument}") == Operator(name, argument, negated)


@given(st.text() | st.text(alphabet="!@rx \t\n"))
def test_any_text_is_read_or_reported(text: str) -> None:
    read_operator(text, two_words, [].append)
