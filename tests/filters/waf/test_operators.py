"""Operators in the guest's terms."""

from __future__ import annotations

import pathlib

import pytest
from kit.seclang import faults, literal, notes, number, rule, rule_set

from filters.waf.compile import compile_rules
from filters.waf.ruleset import Macro, Reference
from filters.waf.seclang.reader import read
from filters.waf.seclang.tables import OPERATORS


def text_of(operator: str) -> str:
    return f'SecRule ARGS "{operator}" "id:1,pass"'


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("@streq a", "streq", literal("a")),
        ("@contains %{tx.a}", "contains", (Reference(number("TX"), b"a"),)),
        ("@strmatch a", "contains", literal("a")),
        ("@within a b", "within", literal("a b")),
        ("@beginsWith a", "beginsWith", literal("a")),
        ("@endsWith a", "endsWith", literal("a")),
        ("@containsWord a", "containsWord", literal("a")),
        ("@gt 5", "gt", literal("5")),
        ("@le %{tx.0}", "le", (Reference(number("TX"), b"0"),)),
        ("@ipMatch 10.0.0.0/8, ::1", "ipMatch", literal("10.0.0.0/8,::1")),
        ("@validateByteRange 9, 32-126", "validateByteRange", literal("9, 32-126")),
        ("@detectSQLi", "detectSQLi", ()),
        ("@detectXSS", "detectXSS", ()),
        ("@validateUrlEncoding", "validateUrlEncoding", ()),
        ("@validateUtf8Encoding", "validateUtf8Encoding", ()),
        ("@unconditionalMatch", "unconditionalMatch", ()),
        ("@noMatch", "noMatch", ()),
    ],
)
def test_an_operator_has_its_number_and_argument(text: str, name: str, argument: Macro) -> None:
    compiled = rule(text_of(text))
    assert (compiled.operator, compiled.argument, compiled.operand) == (OPERATORS[name.lower()].number, argument, 0)


@pytest.mark.parametrize("name", ["rx", "rxGlobal", "verifyCC"])
def test_a_pattern_is_in_the_table_once(name: str) -> None:
    compiled = rule_set(f'{text_of("@rx b")}\nSecRule ARGS "@{name} (?i)aa" "id:2,pass"\nSecRule ARGS "(?i)aa" "id:3"')
    assert compiled.patterns == (b"(?s-u)b", b"(?is-u)aa")
    assert [each.operand for each in compiled.rules] == [0, 1, 1]
    assert compiled.rules[1].operator == OPERATORS[name.lower()].number


def test_a_negated_operator_is_marked() -> None:
    assert rule(text_of("!@streq a")).negated


def test_phrases_are_a_set_of_the_table() -> None:
    compiled = rule_set(f'{text_of("@pm a b")}\nSecRule ARGS "@pm c|25|" "id:2"')
    assert compiled.phrase_sets == ((b"a", b"b"), (b"c%",))
    assert [each.operand for each in compiled.rules] == [0, 1]


@pytest.mark.parametrize("name", ["pmFromFile", "pmf"])
def test_phrases_of_a_file_are_taken_as_they_stand(name: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "words.data").write_bytes(b"a b\n# no\n|25|\n\xff\nA B\n")
    (tmp_path / "a.conf").write_text(text_of(f"@{name} words.data"))
    compiled = compile_rules(read([tmp_path / "a.conf"])).ruleset
    assert compiled.phrase_sets == ((b"a b", b"|25|", b"\xff"),)
    assert compiled.rules[0].operator == OPERATORS["pm"].number


def test_networks_of_a_file_are_an_argument(tmp_path: pathlib.Path) -> None:
    (tmp_path / "nets.data").write_text("10.0.0.1\n192.168.0.0/16 # ours\n")
    (tmp_path / "a.conf").write_text(text_of("@ipMatchFromFile nets.data"))
    compiled = compile_rules(read([tmp_path / "a.conf"])).ruleset
    assert compiled.rules[0].argument == literal("10.0.0.1,192.168.0.0/16")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("@rbl example.org", "the operator @rbl is not supported"),
        ("@geoLookup", "the operator @geoLookup is not supported"),
        ("@rx (a", "its pattern cannot be taken: a '(' has no ')'"),
        ("@rx ^%{tx.a}$", "its pattern has %{tx.a} in it, which is not always the same"),
        ("@rx %{ARGS.a}", "its pattern has %{ARGS.a} in it, which is not always the same"),
    ],
)
def test_what_cannot_be_asked_is_refused(text: str, reason: str) -> None:
    assert faults(text_of(text)) == [f"1: rule 1: {reason}"]


@pytest.mark.parametrize("text", ["1-256", "9-1", "a", "-"])
def test_what_is_no_range_of_bytes_is_refused(text: str) -> None:
    assert faults(text_of(f"@validateByteRange 1,{text}")) == [
        f"1: rule 1: @validateByteRange cannot be '{text}'; write bytes and ranges, such as 9,10,32-126"
    ]


def test_what_is_no_network_is_refused() -> None:
    (fault,) = faults(text_of("@ipMatch 10.0.0.256"))
    assert fault.startswith("1: rule 1: @ipMatch has no address or network: '10.0.0.256'")


def test_a_variable_with_one_value_stands_in_a_pattern_as_that_value() -> None:
    text = f'SecAction "id:2,pass,nolog,setvar:tx.a=x|y"\n{text_of("@rx ^%{TX.a}$")}'
    assert rule_set(text).patterns == (rb"(?s-u)(?m:^)x|y(?m:$)",)
    assert notes(text) == ["%{TX.a} in a pattern is fixed as the rules set it: x|y"]
