"""Reads what a rule asks of a value: `!@rx ^[a-z]+$`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from filters.waf.rule import Operator
from filters.waf.seclang.faults import Report, excerpt, nearest
from filters.waf.seclang.tables import OPERATORS
from filters.waf.seclang.vocabulary import OperatorWord

DEFAULT: Final = "rx"

PhraseReader: TypeAlias = Callable[[OperatorWord, str, Report], tuple[str, ...]]
"""Reads the files that an operator's argument names."""

# One blank follows the name; any further ones are the argument's own, as in libmodsecurity.
_OPERATOR = re.compile(
    r"[ \t]*(?P<not>!?)[ \t]*(?:@(?P<name>[^ \t]*)(?:[ \t](?P<argument>.*))?|(?P<pattern>.*))", re.DOTALL
)


def read_operator(text: str, read_phrases: PhraseReader, report: Report) -> Operator:
    """Read the second argument of SecRule; text without an operator is a pattern for `@rx`."""
    found = _OPERATOR.fullmatch(text)
    assert found is not None, "the last alternative takes any text"
    negated = found["not"] == "!"
    if found["name"] is None:
        return Operator(DEFAULT, found["pattern"], negated)
    name, argument = found["name"], found["argument"] or ""
    word = OPERATORS.get(name.lower())
    if word is None:
        report(f"unknown operator '@{name}'{_perhaps(name)}")
        return Operator(name.lower(), argument, negated)
    _check_argument(word, argument, report)
    phrases = read_phrases(word, argument, report) if word.from_file and argument else ()
    return Operator(name.lower(), argument, negated, phrases)


def _perhaps(name: str) -> str:
    return nearest(name, (each.name for each in OPERATORS.values())) or "; a pattern that begins so is written '@rx @…'"


def _check_argument(word: OperatorWord, argument: str, report: Report) -> None:
    if word.argument and not argument:
        report(f"@{word.name} lacks its argument; write '@{word.name} …'")
    elif not word.argument and argument.strip():
        report(f"@{word.name} takes no argument, but has {excerpt(argument)}")
