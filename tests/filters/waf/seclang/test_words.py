"""Words and their quotes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.waf.seclang.words import unescape, words


def read(line: str) -> list[str]:
    problems: list[str] = []
    found = words(line, problems.append)
    assert problems == []
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("SecRuleEngine On", ["SecRuleEngine", "On"]),
        ("SecRule\tARGS \t x", ["SecRule", "ARGS", "x"]),
        ('SecRule ARGS "@rx a b" "id:1, deny"', ["SecRule", "ARGS", "@rx a b", "id:1, deny"]),
        ("SecAction 'id:1, pass'", ["SecAction", "id:1, pass"]),
        ('SecMarker ""', ["SecMarker", ""]),
        ("SecRule ARGS:'/a|b/' x", ["SecRule", "ARGS:'/a|b/'", "x"]),
        ('SecRule ARGS"@rx a""id:1"', ["SecRule", "ARGS", "@rx a", "id:1"]),
        ("SecAction \"msg:'it is'\"", ["SecAction", "msg:'it is'"]),
    ],
)
def test_line_is_cut_at_blanks_outside_quotes(line: str, expected: list[str]) -> None:
    assert read(line) == expected


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r'"say \"no\""', 'say "no"'),
        (r'"[^\\\"]"', r"[^\\" + '"]'),
        (r'"ends in \\"', r"ends in \\"),
        (r'"\d+\'s"', r"\d+\'s"),
        (r"'it\'s \"'", r"it's \""),
        (r"a\"b", 'a"b'),
        (r"C:\temp", r"C:\temp"),
    ],
)
def test_escape_of_the_quote_is_resolved_and_no_other(written: str, meant: str) -> None:
    assert read(f"SecMarker {written}") == ["SecMarker", meant]


@pytest.mark.parametrize("line", ['SecRule ARGS "@rx a', "SecRule ARGS 'x", r'SecRule ARGS "x\"', 'SecRule ARGS a"'])
def test_quote_that_nothing_closes_is_reported_with_what_to_write(line: str) -> None:
    problems: list[str] = []
    assert words(line, problems.append)[:2] == ["SecRule", "ARGS"]
    assert len(problems) == 1
    assert "nothing closes the quote" in problems[0]
    assert "ends in \\" in problems[0]


@given(st.text(), st.sampled_from("\"'"))
def test_quoted_text_is_read_back(text: str, quote: str) -> None:
    # Protecting each backslash is not possible, for they all stay: text that has some is written as it is.
    plain = text.replace("\\", "/")
    assert read(f"X {quote}{plain.replace(quote, chr(92) + quote)}{quote}") == ["X", plain]


@given(st.text(alphabet="\\\"'a \t"))
def test_any_line_is_cut(line: str) -> None:
    words(line, [].append)


@given(st.text(alphabet='\\"a'))
def test_unescaping_takes_nothing_but_backslashes_before_the_quote(text: str) -> None:
    assert unescape(text, '"').count('"') == text.count('"')
    assert unescape(text, "'") == text
