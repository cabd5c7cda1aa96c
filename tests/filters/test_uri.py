"""Percent-encoding."""

import re

from hypothesis import given
from hypothesis import strategies as st

from filters.uri import path_text, query_text, uri_text

LATIN = st.text(st.characters(max_codepoint=255))


@given(LATIN)
def test_a_path_s_text_opens_no_query_and_no_fragment(value: str) -> None:
    assert re.fullmatch(r"[!$-;=@-Z_a-z~]*", path_text(value))


@given(LATIN)
def test_a_uri_s_text_opens_no_fragment(value: str) -> None:
    assert re.fullmatch(r"[!$-;=?-\[\]_a-z~]*", uri_text(value))


@given(LATIN)
def test_a_parameter_s_text_holds_no_delimiter(value: str) -> None:
    assert re.fullmatch(r"(?:[A-Za-z0-9\-._~]|%[0-9A-F]{2})*", query_text(value))


def test_escapes_of_a_path_are_not_escaped_again() -> None:
    assert path_text("/a%20b/é") == "/a%20b/%E9"
    assert uri_text("/a%20b?c") == "/a%20b?c"
    assert query_text("a%20b") == "a%2520b"


def test_characters_beyond_a_byte_are_replaced() -> None:
    assert query_text("→") == "%3F"
