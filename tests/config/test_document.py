"""YAML to data that knows its places."""

from __future__ import annotations

from typing import Any

import pytest

from config.document import MAX_DEPTH, Document, Position, parse
from config.paths import Path


def read(text: str, **environ: str) -> Document:
    document, errors = parse(text, environ)
    assert [str(error) for error in errors] == []
    return document


def faults(text: str, **environ: str) -> list[str]:
    return [str(error) for error in parse(text, environ)[1]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: on", "on"),
        ("a: yes", "yes"),
        ("a: 12:30", "12:30"),
        ("a: 010", 10),
        ("a: 2020-01-01", "2020-01-01"),
        ("a: true", True),
        ("a: FALSE", False),
        ("a: 'true'", "true"),
        ("a: !!str 5", "5"),
        ("a: -7", -7),
        ("a: 1.5", 1.5),
        ("a: 1e999", "1e999"),
        ("a: .inf", ".inf"),
        ("a: 99999999999999999999", "99999999999999999999"),
        ("a: ~", None),
        ("a:", None),
        ("a: |\n  x\n  y\n", "x\ny\n"),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: Any) -> None:
    found = read(text).data["a"]
    assert found == value
    assert type(found) is type(value)


def test_keys_are_text_whatever_they_look_like() -> None:
    assert read("{502: a, on: b, true: c, null: d}").data == {"502": "a", "on": "b", "true": "c", "null": "d"}


def test_every_key_and_value_has_its_place() -> None:
    document = read("a:\n  - b: 1\n  -   c: [x, y]\n")
    assert document.keys[Path(("a", 1, "c"))] == Position(3, 7)
    assert document.values[Path(("a", 1, "c", 1))] == Position(3, 14)


def test_an_error_about_what_is_missing_stands_at_its_parent() -> None:
    error = read("a:\n  - b: 1\n").error(Path(("a", 0, "gone")), "is missing")
    assert str(error) == "2:5: a[0].gone: is missing"


def test_anchors_and_merge_keys_work_and_own_keys_win() -> None:
    data = read("x: &x {a: 1, b: 2}\ny: &y {c: 3}\nz: {<<: [*x, *y], b: 9}\n").data
    assert data["z"] == {"a": 1, "b": 9, "c": 3}


def test_a_quoted_merge_key_is_a_key() -> None:
    assert read("a: {'<<': 1}").data == {"a": {"<<": 1}}


def test_duplicate_keys_are_all_reported_and_the_rest_is_read() -> None:
    document, errors = parse("a: 1\nb: 2\na: 3\nb: 4\n", {})
    assert document.data == {"a": 1, "b": 2}
    assert [str(error) for error in errors] == [
        "3:1: a: duplicate key 'a', first on line 1",
        "4:1: b: duplicate key 'b', first on line 2",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [1", "2:1: not YAML: did not find expected ',' or ']' (while parsing a flow sequence)"),
        ("a: *b", "1:4: alias '*b' stands before the end of its anchor"),
        ("a: &a [*a]", "1:8: alias '*a' stands before the end of its anchor"),
        ("a: 1\n---\nb: 2\n", "2:1: a second document begins here; one file holds one"),
        ("a: !!python/object:os.system x", "1:4: tag '!!python/object:os.system' is not supported"),
        ("a: !mine {}", "1:4: tag '!mine' is not supported"),
        ("? [a]\n: b\n", "1:3: a key must be a word, not a list or a mapping"),
        ("a: {<<: 1}", "1:9: a: '<<' takes a mapping, or a list of them"),
        ("a: \x01", "not YAML: unacceptable character #x0001: control characters are not allowed"),
    ],
)
def test_faults_in_the_syntax_have_their_place(text: str, says: str) -> None:
    assert faults(text if text.endswith("\n") else text + "\n") == [says]


def test_deep_nesting_is_refused_before_it_costs_anything() -> None:
    assert faults("[" * 10_000) == [f"1:{MAX_DEPTH + 1}: nested more than {MAX_DEPTH} levels deep"]


def test_aliases_that_multiply_are_bounded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert faults("\n".join(lines)) == ["too much: over 200000 values or 64 levels, aliases written out"]


def test_merge_keys_that_multiply_are_bounded() -> None:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 10)]
    assert faults("\n".join(lines)) == ["too much: over 200000 values or 64 levels, aliases written out"]


def test_merge_keys_in_a_long_chain_are_bounded() -> None:
    lines = ["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} {{<<: *a{n - 1}}}" for n in range(1, 2000)]
    assert faults("\n".join(lines)) == ["too much: over 200000 values or 64 levels, aliases written out"]


def test_the_environment_is_read_before_the_type_is_decided() -> None:
    assert read("a: ${N}\nb: '${N}'\nc: x${N}y", N="5").data == {"a": 5, "b": "5", "c": "x5y"}


def test_what_the_environment_brings_cannot_add_structure() -> None:
    assert read("a: ${N}", N="{b: 1}\nc: 2").data == {"a": "{b: 1}\nc: 2"}


def test_a_default_stands_in_for_a_variable() -> None:
    document = read("a: ${N:-5}\nb: ${N:-}\n")
    assert document.data == {"a": 5, "b": None}
    assert document.written == {}


def test_a_doubled_dollar_is_a_plain_one() -> None:
    assert read("a: $${N} $5").data == {"a": "${N} $5"}


def test_a_variable_that_is_not_set_is_an_error_for_each_use() -> None:
    assert faults("a: ${N}\nb: ${N}\n") == [
        "1:4: a: environment variable 'N' is not set; write ${N:-default} for a default",
        "2:4: b: environment variable 'N' is not set; write ${N:-default} for a default",
    ]


def test_a_variable_that_is_no_text_is_an_error() -> None:
    assert faults("a: ${N}", N="caf\udce9") == ["1:4: a: environment variable 'N' is not UTF-8"]


def test_keys_and_comments_are_not_expanded() -> None:
    assert read("'${N}': 1 # ${N}").data == {"${N}": 1}
