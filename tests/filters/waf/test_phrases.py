"""The words of `@pm`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.waf.phrases import distinct, phrases


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("a bc  d", [b"a", b"bc", b"d"]),
        ("A|25|B", [b"A%B"]),
        ("a|2520|b c", [b"a%", b"b", b"c"]),
        ("||a", [b"a"]),
        ('"a b"', [b"a", b"b"]),
        (r"a\:b \; \\ \"c", [b"a:b", b";", b"\\", b'"c']),
        (r"a\b c", [rb"a\b", b"c"]),
        ("a|zz|b", [b"a|zz|b"]),
        ("a|b", [b"a|b"]),
        ("é", ["é".encode()]),
        ("a A b", [b"a", b"b"]),
        ("", []),
    ],
)
def test_words_end_at_blanks_and_have_bytes_between_bars(argument: str, words: list[bytes]) -> None:
    assert list(phrases(argument)) == words


@given(st.lists(st.binary(max_size=3)))
def test_words_are_distinct_in_more_than_case_and_in_order(words: list[bytes]) -> None:
    found = distinct(words)
    assert len({word.lower() for word in found}) == len(found)
    assert {word.lower() for word in found} == {word.lower() for word in words}
    assert [words.index(word) for word in found] == sorted(words.index(word) for word in found)
