"""The bytes of a rule set."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.seclang import rule_set

from filters.waf import blob, ruleset
from filters.waf.codec import BlobError
from filters.waf.ruleset import Change, Disruptive, Flag, Literal, Reference, RuleSet

texts = st.binary(max_size=8)
bytes_ = st.integers(0, 255)
numbers = st.integers(0, 2**32)
macros = st.lists(st.builds(Literal, texts) | st.builds(Reference, bytes_, texts), max_size=3).map(tuple)
selectors = st.just(ruleset.Everything()) | st.builds(ruleset.Named, texts) | st.builds(ruleset.Matching, numbers)
some_selectors = st.lists(selectors, max_size=2).map(tuple)
variables = st.builds(ruleset.Variable, bytes_, st.booleans(), selectors, some_selectors)
indices = st.lists(numbers, max_size=4).map(tuple)
setvars = st.builds(ruleset.SetVar, macros, st.sampled_from(Change), macros)
ctls = st.one_of(
    st.builds(ruleset.RemoveRules, indices),
    st.builds(ruleset.RemoveTarget, indices, variables),
    st.builds(ruleset.SwitchEngine, bytes_),
    st.builds(ruleset.SetBodyProcessor, bytes_),
    st.builds(ruleset.ForceRequestBody, bytes_),
    st.builds(ruleset.AccessRequestBody, bytes_),
    st.builds(ruleset.AccessResponseBody, bytes_),
)
rules = st.builds(
    ruleset.Rule,
    id=numbers,
    phase=bytes_,
    flags=st.integers(0, 127).map(Flag),
    paranoia=bytes_,
    pipeline=numbers,
    variables=st.lists(variables, max_size=3).map(tuple),
    operator=bytes_,
    negated=st.booleans(),
    argument=macros,
    operand=numbers,
    disruptive=st.sampled_from(Disruptive),
    status=numbers,
    severity=bytes_,
    msg=macros,
    tags=indices,
    skip_after=numbers,
    skip=numbers,
    setvars=st.lists(setvars, max_size=2).map(tuple),
    ctls=st.lists(ctls, max_size=2).map(tuple),
    file=numbers,
    line=numbers,
)
some_texts = st.lists(texts, max_size=3).map(tuple)
rule_sets = st.builds(
    RuleSet,
    name=texts,
    settings=st.lists(st.builds(ruleset.Setting, texts, texts), max_size=2).map(tuple),
    pipelines=st.lists(st.lists(bytes_, max_size=3).map(tuple), max_size=3).map(tuple),
    patterns=some_texts,
    phrase_sets=st.lists(some_texts, max_size=2).map(tuple),
    files=some_texts,
    tags=some_texts,
    rules=st.lists(rules, max_size=3).map(tuple),
)
EMPTY = RuleSet(b"", (), (), (), (), (), (), ())


@given(rule_sets)
def test_rules_come_back_from_their_bytes(rules: RuleSet) -> None:
    assert blob.read(blob.written(rules)) == rules


def test_the_head_frames_the_payload() -> None:
    data = blob.written(dataclasses.replace(EMPTY, name=b"a"))
    payload = b"\x01a" + b"\x00" * 7
    assert data[:9] == b"PNSTKWAF\x01"
    assert data[9:13] == len(payload).to_bytes(4, "little")
    assert data[13:21] == blob.fnv1a(payload).to_bytes(8, "little")
    assert data[21:] == payload


def test_a_rule_is_laid_out_as_the_guest_reads_it() -> None:
    text = """SecRule &ARGS:A|!ARGS:/b/ "!@rx c" "id:300,phase:1,deny,status:403,t:lowercase,severity:2,\\
  msg:'m%{tx.X}',tag:'paranoia-level/2',setvar:tx.y=+1,ctl:ruleEngine=Off,capture,skip:1,skipAfter:E"
SecMarker E"""
    data = blob.written(rule_set(text))
    expected = b"".join(
        (
            b"\x01\xac\x02",  # One rule, of this id.
            b"\x01\x06\x02\x01",  # Phase; head, captures; paranoia level; pipeline.
            b"\x01\x00\x01\x01\x01a\x01\x02\x01",  # One variable, counted, with a name, but for the second pattern.
            b"\x01\x01\x00\x00",  # @rx, negated, no argument, the first pattern.
            b"\x01\x93\x03\x02",  # Blocks, with 403; severity.
            b"\x02\x00\x01m\x01\x2c\x01x",  # Message.
            b"\x01\x00",  # One tag.
            b"\x02\x01",  # Goes on behind the last rule; skips one.
            b"\x01\x01\x00\x01y\x01\x01\x00\x011",  # Adds 1 to y.
            b"\x01\x02\x00",  # Switches the engine off.
            b"\x00\x01",  # File and line.
        )
    )
    assert data.endswith(expected)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "too short"),
        (b"x" * 40, "no blob"),
        (b"PNSTKWAF\x02" + b"\x00" * 20, "version 2, not 1"),
        (blob.written(EMPTY)[:-1], "damaged"),
        (blob.written(EMPTY) + b"\x00", "damaged"),
        (blob.written(EMPTY)[:-1] + b"\x01", "damaged"),
    ],
)
def test_what_is_no_blob_is_told(data: bytes, what: str) -> None:
    with pytest.raises(BlobError, match=what):
        blob.read(data)


@pytest.mark.parametrize(("data", "value"), [(b"", 0xCBF29CE484222325), (b"a", 0xAF63DC4C8601EC8C)])
def test_the_checksum_is_fnv_1a(data: bytes, value: int) -> None:
    assert blob.fnv1a(data) == value
