"""Variables: what a rule looks at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.waf.rule import Selector, Variable
from filters.waf.seclang.targets import Targets, read_targets


def read(text: str) -> Targets:
    problems: list[str] = []
    targets = read_targets(text, problems.append)
    assert problems == []
    return targets


def problems_of(text: str) -> list[str]:
    problems: list[str] = []
    read_targets(text, problems.append)
    return problems


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("ARGS", Variable("ARGS")),
        ("args", Variable("ARGS")),
        (" ARGS ", Variable("ARGS")),
        ("&ARGS", Variable("ARGS", count=True)),
        ("ARGS:User-Id", Variable("ARGS", Selector("name", "User-Id"))),
        ("TX.score", Variable("TX", Selector("name", "score"))),
        ("&REQUEST_HEADERS:Host", Variable("REQUEST_HEADERS", Selector("name", "Host"), count=True)),
        ("ARGS:/^pass(wd)?$/", Variable("ARGS", Selector("pattern", "^pass(wd)?$"))),
        ("ARGS:/a/b/", Variable("ARGS", Selector("pattern", "a/b"))),
        ("ARGS:/a{1,2}/", Variable("ARGS", Selector("pattern", "a{1,2}"))),
        ("ARGS:'/^(a|b), c$/'", Variable("ARGS", Selector("pattern", "^(a|b), c$"))),
        (r"ARGS:'/it\'s/'", Variable("ARGS", Selector("pattern", "it's"))),
        ("ARGS:'a|b'", Variable("ARGS", Selector("name", "a|b"))),
        ("ARGS:/path", Variable("ARGS", Selector("name", "/path"))),
        ("ARGS:a:b.c", Variable("ARGS", Selector("name", "a:b.c"))),
        ("XML:/*", Variable("XML", Selector("name", "/*"))),
        ("XML://@*", Variable("XML", Selector("name", "//@*"))),
        ("XML:/a/", Variable("XML", Selector("name", "/a/"))),
        ("MULTIPART_BOUNDARY_QUOTED", Variable("MULTIPART_BOUNDARY_QUOTED")),
    ],
)
def test_variable_is_read(text: str, variable: Variable) -> None:
    assert read(text) == Targets((variable,))


@pytest.mark.parametrize("separator", ["|", ",", " | "])
def test_bars_and_commas_separate_variables(separator: str) -> None:
    assert read(separator.join(("ARGS:/a/", "XML:/*", "TX:1"))).variables == (
        Variable("ARGS", Selector("pattern", "a")),
        Variable("XML", Selector("name", "/*")),
        Variable("TX", Selector("name", "1")),
    )


def test_exclusion_is_taken_from_its_collection_wherever_it_is_written() -> None:
    password = Selector("name", "password")
    assert read("!ARGS:password|ARGS|ARGS_NAMES|&ARGS").applied() == (
        Variable("ARGS", excluded=(password,)),
        Variable("ARGS_NAMES"),
        Variable("ARGS", count=True, excluded=(password,)),
    )


def test_exclusions_alone_are_read_for_directives_that_update() -> None:
    assert read("!REQUEST_COOKIES:/^_ga/|!ARGS").exclusions == (
        Variable("REQUEST_COOKIES", Selector("pattern", "^_ga")),
        Variable("ARGS"),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ARG", "unknown variable 'ARG'; did you mean 'ARGS'?"),
        ("ARGS|REQUEST_HEADER:Host", "unknown variable 'REQUEST_HEADER'; did you mean 'REQUEST_HEADERS'?"),
        ("REQUEST_URI:x", "REQUEST_URI has no members; write REQUEST_URI alone"),
        ("ARGS:", "ARGS: lacks the member's name; write NAME:member, or NAME for all"),
        ("MULTIPART_FLAG", "unknown variable 'MULTIPART_FLAG'"),
    ],
)
def test_wrong_variable_is_reported_with_what_is_right(text: str, message: str) -> None:
    (problem,) = problems_of(text)
    assert problem.startswith(message)


@pytest.mark.parametrize("text", ["", "ARGS|", "ARGS||ARGS", "@rx a", "ARGS ARGS", "ARGS:'/a/", "&&ARGS"])
def test_what_is_no_list_of_variables_is_reported_once(text: str) -> None:
    (problem,) = problems_of(text)
    assert "is no variable; write NAME" in problem


def test_every_unknown_variable_is_reported() -> None:
    assert len(problems_of("ARG|ARGZ|ARGS")) == 2


selectors = (
    st.builds(Selector)
    | st.builds(Selector, st.just("name"), st.from_regex(r"[A-Za-z0-9_-]{1,9}", fullmatch=True))
    | st.builds(Selector, st.just("pattern"), st.from_regex(r"[a-z^$.|,()*+]{1,9}", fullmatch=True))
)


def rendered(variable: Variable, mark: str = "") -> str:
    text = {
        "all": "",
        "name": f":{variable.selector.text}",
        "pattern": f":'/{variable.selector.text}/'",
    }[variable.selector.kind]
    return ("&" if variable.count else mark) + variable.collection + text


variables = st.builds(
    Variable, st.sampled_from(["ARGS", "REQUEST_HEADERS", "TX", "REQUEST_COOKIES"]), selectors, st.booleans()
)


@given(st.lists(variables, min_size=1), st.sampled_from("|,"))
def test_rendered_variables_are_read_back(written: list[Variable], separator: str) -> None:
    assert read(separator.join(map(rendered, written))).variables == tuple(written)


@given(st.text(alphabet="ARGSTX&!|,:./'\\a* "))
def test_any_text_is_read_or_reported(text: str) -> None:
    read_targets(text, [].append)
