"""Names of functions and aliases: plain words, and nothing that could lead anywhere on a disk."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasm_host.functions.registry.names import RESERVED, checked_alias, checked_name


@pytest.mark.parametrize("name", ["a", "hello", "a-b-c", "x9", "a" + "-" * 62])
def test_a_plain_word_is_a_name(name: str) -> None:
    assert checked_name(name) == checked_alias(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "Hello", "9a", "-a", "a_b", "a.b", "../a", "a/b", "a\n", "a\0", "é", "a" * 64, "%2e%2e", None, 7, b"a", ["a"]],
)
def test_anything_else_is_refused(name: object) -> None:
    with pytest.raises(ValueError, match="is not the name of a function"):
        checked_name(name)
    with pytest.raises(ValueError, match="is not the name of an alias"):
        checked_alias(name)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_words_of_the_admin_are_no_functions(name: str) -> None:
    with pytest.raises(ValueError, match="the admin's own"):
        checked_name(name)


def test_a_long_name_is_not_said_back_whole() -> None:
    with pytest.raises(ValueError, match="…") as caught:
        checked_name("A" * 100_000)
    assert len(str(caught.value)) < 300


@given(st.text())
def test_what_is_let_through_is_a_plain_word(text: str) -> None:
    with suppress(ValueError):
        assert re.fullmatch(r"[a-z][a-z0-9-]{0,62}", checked_name(text))
