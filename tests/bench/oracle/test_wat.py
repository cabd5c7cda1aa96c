"""The text that guests are written in."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.oracle.wat import CONSTANTS_AT, Constants, defined, escaped, forms, needed, pairs, plain


def test_forms_are_split_at_the_top_and_lose_their_comments():
    text = '(func $a (nop)) ;; a comment (with a form)\n(data "a ) ;; no comment \\" either")'
    assert list(forms(text)) == ["(func $a (nop))", '(data "a ) ;; no comment \\" either")']


def test_an_open_parenthesis_is_told():
    with pytest.raises(ValueError, match="1 parentheses are not closed"):
        list(forms("(func $a (nop)"))


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("(func $a (nop))", "$a"),
        ("(global $b i32 (i32.const 0))", "$b"),
        ('(import "env" "proxy_log" (func $log (param i32)))', "$log"),
        ('(func (export "main"))', ""),
        ('(data (i32.const 0) "$c")', ""),
    ],
)
def test_a_form_is_known_by_the_name_it_defines(form: str, name: str):
    assert defined(form) == name


def test_only_what_is_referred_to_is_needed_and_what_that_refers_to():
    shared = ["(func $a (call $b))", "(func $b)", "(func $c (call $a))"]
    assert needed(["(func (call $a))"], shared) == ["(func $a (call $b))", "(func $b)"]


def test_a_text_becomes_its_address_and_size_and_is_kept_once():
    constants = Constants()
    placed = constants.place('(call $say (str "hello")) (call $say (str "you")) (call $say (str "hello"))')
    first = f"(i32.const {CONSTANTS_AT}) (i32.const 5)"
    assert placed == f"(call $say {first}) (call $say (i32.const {CONSTANTS_AT + 8}) (i32.const 3)) (call $say {first})"
    assert constants.data() == [
        f'(data (i32.const {CONSTANTS_AT}) "\\68\\65\\6c\\6c\\6f")',
        f'(data (i32.const {CONSTANTS_AT + 8}) "\\79\\6f\\75")',
    ]


def test_a_map_is_laid_out_as_the_abi_says():
    assert pairs([b"a", b"1", b"bc", b""]) == struct.pack("<5I", 2, 1, 1, 2, 0) + b"a\x001\x00bc\x00\x00"


def test_pairs_stand_for_their_serialised_map():
    constants = Constants()
    assert constants.place('(pairs "a" "1")') == f"(i32.const {CONSTANTS_AT}) (i32.const 16)"


@given(st.binary())
def test_what_is_escaped_reads_as_it_was(content: bytes):
    assert plain(escaped(content)) == content


def test_escapes_by_letter_are_read():
    assert plain(r"a\n\t\"\\\00") == b'a\n\t"\\\0'
