"""PCRE's syntax."""

from __future__ import annotations

import pytest

from filters.waf.pcre import byte_set
from filters.waf.pcre.parser import DEEPEST, parse
from filters.waf.pcre.tree import Assertion, Atomic, Choice, Group, Look, Node, OneOf, PatternError, Repeat, Sequence


def byte(text: str) -> OneOf:
    return OneOf(byte_set.of(text.encode("latin-1")))


def seq(*items: Node) -> Sequence:
    return Sequence(items)


a, b, c = byte("a"), byte("b"), byte("c")


@pytest.mark.parametrize(
    ("pattern", "tree"),
    [
        ("", seq()),
        ("a", a),
        ("ab", seq(a, b)),
        ("a|b", Choice((a, b))),
        ("a|", Choice((a, seq()))),
        ("(a)", Group(a)),
        ("(?:a)", a),
        ("(?<name>a)", Group(a)),
        ("(?P<name>a)", Group(a)),
        ("(?'name'a)", Group(a)),
        ("(?>ab)", Atomic(seq(a, b))),
        ("(?=a)", Look(a, behind=False, negated=False)),
        ("(?!a)", Look(a, behind=False, negated=True)),
        ("(?<=a)", Look(a, behind=True, negated=False)),
        ("(?<!a)", Look(a, behind=True, negated=True)),
        ("a*", Repeat(a, 0, None)),
        ("a+?", Repeat(a, 1, None, lazy=True)),
        ("a?+", Atomic(Repeat(a, 0, 1))),
        ("a{2}", Repeat(a, 2, 2)),
        ("a{2,}", Repeat(a, 2, None)),
        ("a{2,3}?", Repeat(a, 2, 3, lazy=True)),
        (r"(?:\b)?", Repeat(Assertion.BOUNDARY, 0, 1)),
        ("(ab)*", Repeat(Group(seq(a, b)), 0, None)),
        ("a{,3}", seq(a, *map(byte, "{,3}"))),
        ("a{x", seq(a, *map(byte, "{x"))),
        ("a{2 }", seq(a, *map(byte, "{2 }"))),
        ("]}", seq(*map(byte, "]}"))),
        (".", OneOf(byte_set.ALL)),
        ("(?-s).", OneOf(byte_set.inverted(byte_set.NEWLINE))),
        (r"\N", OneOf(byte_set.inverted(byte_set.NEWLINE))),
        (r"\C", OneOf(byte_set.ALL)),
        ("^$", seq(Assertion.LINE_START, Assertion.LINE_END)),
        ("(?-m)^$", seq(Assertion.START, Assertion.LAST_LINE_END)),
        (r"\A\z\Z\b\B", seq(*(Assertion(each) for each in (r"\A", r"\z", r"\Z", r"\b", r"\B")))),
        ("(?i)a", byte("aA")),
        ("(?i:a)b", seq(byte("aA"), b)),
        ("(?:(?i)a)b", seq(byte("aA"), b)),
        ("a(?i)b|c", Choice((seq(a, byte("bB")), byte("cC")))),
        ("(?i)a(?-i)b", seq(byte("aA"), b)),
        ("(?^)a", a),
        ("(?x) a b # c\n c", seq(a, b, c)),
        ("(?x)a +", Repeat(a, 1, None)),
        ("a(?#b)*", Repeat(a, 0, None)),
        (r"\Qa.\E*", seq(a, Repeat(byte("."), 0, None))),
        (r"\Qab", seq(a, b)),
        (r"a\E*", Repeat(a, 0, None)),
        (r"\x41\/\"", seq(byte("A"), byte("/"), byte('"'))),
        (r"\12", byte("\n")),
        (r"\0a", seq(byte("\0"), a)),
        ("[ab]", byte("ab")),
        ("(?i)[a]", byte("aA")),
        ("é", seq(byte("\xc3"), byte("\xa9"))),
    ],
)
def test_a_pattern_means_its_tree(pattern: str, tree: Node) -> None:
    assert parse(pattern.encode()) == tree


def test_without_lines_their_ends_are_those_of_the_text() -> None:
    assert parse(rb"^$\Z", lines=False) == seq(Assertion.START, Assertion.END, Assertion.END)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a", "a '(' has no ')'"),
        ("a)", "a ')' has no '('"),
        ("[a", "a class has no ']'"),
        ("*a", "'*' has nothing to repeat"),
        ("a**", "'*' has nothing to repeat"),
        ("{2}", "'{2}' has nothing to repeat"),
        ("a{3,2}", "'{3,2}' is no quantifier"),
        ("a{65536}", "'{65536}' is no quantifier"),
        ("^*", "'*' repeats what takes no bytes"),
        ("(?=a)?", "'?' repeats what takes no bytes"),
        ("\\", "a backslash ends the pattern"),
        ("(?#a", "a comment has no ')'"),
        (r"(a)\1", r"'\1' refers back to a group"),
        (r"\k<a>", r"'\k' refers back to a group"),
        (r"\g1", r"'\g' refers back to a group"),
        (r"(?P=a)", "'(?P' is not supported"),
        ("(?R)", "the flag 'R' is not supported"),
        ("(?1)", "'(?1' is not supported"),
        ("(?(1)a)", "'(?(' is not supported"),
        ("(?|a)", "'(?|' is not supported"),
        ("(?U)a", "the flag 'U' is not supported"),
        ("(*SKIP)", "verbs such as '(*SKIP)' are not supported"),
        (r"\p{L}", r"'\p' asks for Unicode properties"),
        (r"\X", r"'\X' matches characters, not bytes"),
        (r"a\Kb", r"'\K' moves the beginning of the match"),
        (r"\x{100}", "character 0x100 is no byte"),
    ],
)
def test_what_no_tree_says_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError) as raised:
        parse(pattern.encode())
    assert str(raised.value) == reason


def test_groups_nest_only_so_deep() -> None:
    parse(b"(" * DEEPEST + b")" * DEEPEST)
    with pytest.raises(PatternError, match=f"groups nest deeper than {DEEPEST}"):
        parse(b"(" * (DEEPEST + 1) + b")" * (DEEPEST + 1))


def test_a_number_is_octal_where_there_are_fewer_groups() -> None:
    assert parse(rb"()\12") == seq(Group(seq()), byte("\n"))
    with pytest.raises(PatternError, match="refers back"):
        parse(b"()" * 12 + rb"\12")
