"""Directives, one at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.waf.rule import Action, Directive, Marker, Operator, Place, Rule, Selector, Statement, Variable
from filters.waf.seclang.faults import Report
from filters.waf.seclang.lines import logical_lines
from filters.waf.seclang.statements import read_statement
from filters.waf.seclang.vocabulary import OperatorWord
from filters.waf.seclang.words import words

HERE = Place("site.conf", 3)


def no_phrases(word: OperatorWord, argument: str, report: Report) -> tuple[str, ...]:
    return ()


def attempt(line: str) -> tuple[Statement | None, list[str]]:
    problems: list[str] = []
    return read_statement(HERE, words(line, problems.append), no_phrases, problems.append), problems


def read(line: str) -> Statement | None:
    statement, problems = attempt(line)
    assert problems == []
    return statement


def test_rule_is_read_whole() -> None:
    assert read('SecRule ARGS|!ARGS:a "!@rx ^x$" "id:7,phase:1,t:none,t:lowercase,deny"') == Rule(
        HERE,
        id=7,
        phase=1,
        variables=(Variable("ARGS", excluded=(Selector("name", "a"),)),),
        operator=Operator("rx", "^x$", negated=True),
        transformations=("lowercase",),
        actions=(
            Action("id", "7"),
            Action("phase", "1"),
            Action("t", "none"),
            Action("t", "lowercase"),
            Action("deny"),
        ),
    )


def test_rule_without_actions_has_no_id() -> None:
    assert read("SecRule ARGS x") == Rule(HERE, 0, 2, (Variable("ARGS"),), Operator("rx", "x"))


def test_action_has_no_operator() -> None:
    assert read('SecAction "id:7,phase:5,pass"') == Rule(
        HERE, 7, 5, (), None, actions=(Action("id", "7"), Action("phase", "5"), Action("pass"))
    )


@pytest.mark.parametrize(
    ("written", "phase"),
    [("", 2), (",phase:3", 3), (",phase:request", 2), (",phase:Response", 4), (",phase:'logging'", 5)],
)
def test_phase_is_a_number_or_a_name_and_2_by_default(written: str, phase: int) -> None:
    rule = read(f'SecAction "id:1{written}"')
    assert isinstance(rule, Rule)
    assert rule.phase == phase


@pytest.mark.parametrize(
    ("written", "transformations"),
    [
        ("t:urlDecodeUni,t:lowercase", ("urldecodeuni", "lowercase")),
        ("t:lowercase,t:none,t:trim", ("trim",)),
        ("t:lowercase,t:none", ()),
        ("t:trim,t:trim", ("trim", "trim")),
    ],
)
def test_transformations_are_those_since_the_last_none(written: str, transformations: tuple[str, ...]) -> None:
    rule = read(f'SecRule ARGS x "id:1,{written}"')
    assert isinstance(rule, Rule)
    assert rule.transformations == transformations


def test_marker_is_read() -> None:
    assert read('SecMarker "END-OF-IT"') == Marker(HERE, "END-OF-IT")


@pytest.mark.parametrize(
    ("line", "directive"),
    [
        ("secruleengine DetectionOnly", Directive(HERE, "SecRuleEngine", ("DetectionOnly",))),
        ('SecDefaultAction "phase:1,log,pass"', Directive(HERE, "SecDefaultAction", ("phase:1,log,pass",))),
        ("SecRuleRemoveById 1 2 5-9", Directive(HERE, "SecRuleRemoveById", ("1", "2", "5-9"))),
        (
            'SecRuleUpdateTargetById 7 "!ARGS:a"',
            Directive(HERE, "SecRuleUpdateTargetById", ("7", "!ARGS:a")),
        ),
        (
            "SecResponseBodyMimeType text/html text/plain",
            Directive(HERE, "SecResponseBodyMimeType", ("text/html", "text/plain")),
        ),
        ("SecResponseBodyMimeTypesClear", Directive(HERE, "SecResponseBodyMimeTypesClear")),
        ("SecRuleScript x.lua deny", Directive(HERE, "SecRuleScript", ("x.lua", "deny"))),
    ],
)
def test_any_other_directive_keeps_its_arguments(line: str, directive: Directive) -> None:
    assert read(line) == directive


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("SecRuleEngin On", "unknown directive 'SecRuleEngin'; did you mean 'SecRuleEngine'?"),
        ("<IfModule security2_module>", "'<IfModule' is a block of Apache's, which is not supported"),
        ("SecRule ARGS", "SecRule takes 2 to 3 arguments, not 1"),
        (
            "SecRule ARGS x id:1, deny",
            "SecRule takes 2 to 3 arguments, not 4; an argument with blanks in it needs quotes",
        ),
        ("SecRuleEngine", "SecRuleEngine takes one argument, not 0"),
        ("SecRuleRemoveById", "SecRuleRemoveById takes one argument or more, not 0"),
        ("SecRule !ARGS:a x id:1", "the rule looks at nothing, for it only excludes"),
        ("SecDefaultAction phase:1,logg", "unknown action 'logg'; did you mean 'log'?"),
        ("SecRuleUpdateActionById 7 denny", "unknown action 'denny'; did you mean 'deny'?"),
        ("SecRuleUpdateTargetByTag sqli !ARG:a", "unknown variable 'ARG'; did you mean 'ARGS'?"),
    ],
)
def test_wrong_directive_is_reported_with_what_is_right(line: str, message: str) -> None:
    (problem,) = attempt(line)[1]
    assert problem.startswith(message)


def test_every_part_of_a_rule_is_checked() -> None:
    assert len(attempt('SecRule ARG "@rxx a" "id:x,t:y,denny"')[1]) == 5


def test_faulty_rule_still_holds_its_place() -> None:
    assert isinstance(attempt("SecRule ARGS")[0], Rule)


texts = st.text(alphabet="ab ,:|'\"$^.()[]#é", min_size=1, max_size=12)
names = st.sampled_from(["lowercase", "trim", "urlDecodeUni", "none"])


def quoted(text: str, quote: str) -> str:
    return quote + text.replace(quote, "\\" + quote) + quote


@given(
    id=st.integers(1, 10**9),
    phase=st.integers(1, 5),
    pattern=texts,
    negated=st.booleans(),
    message=texts,
    transformations=st.lists(names, max_size=4),
    glue=st.sampled_from([" ", " \\\n    ", " \\\r\n\t"]),
)
def test_rendered_rule_is_read_back(
    id: int, phase: int, pattern: str, negated: bool, message: str, transformations: list[str], glue: str
) -> None:
    listed = [
        f"id:{id}",
        f"phase:{phase}",
        *(f"t:{name}" for name in transformations),
        f"msg:{quoted(message, chr(39))}",
    ]
    operator = f"{'!' if negated else ''}@rx {pattern}"
    text = glue.join(("SecRule", "ARGS|XML:/*", quoted(operator, '"'), quoted(("," + glue).join(listed), '"')))
    ((number, line),) = logical_lines(f"# a rule\n\n{text}\n")
    rule = read(line)
    assert isinstance(rule, Rule)
    assert (number, rule.id, rule.phase) == (3, id, phase)
    assert rule.operator == Operator("rx", pattern, negated)
    assert rule.actions[-1] == Action("msg", message)
    since_none = "".join(f"{name} " for name in transformations).rpartition("none ")[2].lower().split()
    assert list(rule.transformations) == since_none
