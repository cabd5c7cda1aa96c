"""Errors in words that say what to write."""

from __future__ import annotations

import pathlib

import pytest
from pydantic import BaseModel, Field

from config.document import parse
from config.paths import Path
from config.problems import listed, located, nearest, validate
from proxy.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "names", "tail"),
    [
        ("wat", ["waf", "auth"], "; did you mean 'waf'?"),
        ("WAF", ["waf", "auth"], "; did you mean 'waf'?"),
        ("zzz", ["waf", "auth"], "; there are 'auth' and 'waf'"),
        ("zzz", ["waf"], "; there is 'waf'"),
        ("zzz", [], ""),
        ("zzz", [f"name{number}" for number in range(13)], ""),
    ],
)
def test_the_nearest_name_is_suggested_or_the_few_there_are(name: str, names: list[str], tail: str) -> None:
    assert nearest(name, names) == tail


def test_names_are_listed_as_one_says_them() -> None:
    assert listed(["a"]) == "'a'"
    assert listed(["a", "b", "c"]) == "'a', 'b' and 'c'"


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (ConfigError("a.b", "is wrong", 3, 5), "x.yaml:3:5: a.b: is wrong"),
        (ConfigError("", "is empty"), "x.yaml: is empty"),
    ],
)
def test_a_problem_is_spelled_as_compilers_do(problem: ConfigError, text: str) -> None:
    assert located(pathlib.Path("x.yaml"), problem) == text


class Options(BaseModel):
    many: list[int] = Field(min_length=1)


def test_errors_stand_where_the_caller_says_that_the_data_is() -> None:
    document, _ = parse("deep:\n  many: [1, x]\n", {})
    _, errors = validate(Options, document.data["deep"], document, lambda inside: Path(("deep", *inside)))
    assert [str(error) for error in errors] == ["2:13: deep.many[1]: must be a whole number"]


def test_what_is_valid_is_returned() -> None:
    document, _ = parse("many: [1]", {})
    assert validate(Options, document.data, document) == (Options(many=[1]), [])
