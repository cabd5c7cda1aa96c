"""Operators in the guest's terms: patterns and phrases by index, arguments checked as far as they are constant."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from filters.waf.macros import REFERENCE, macro
from filters.waf.patterns import translated
from filters.waf.pcre.rewriting import Captures
from filters.waf.phrases import distinct, phrases
from filters.waf.refusal import Refused
from filters.waf.rule import Operator
from filters.waf.ruleset import Literal, Macro
from filters.waf.scope import Scope
from filters.waf.seclang.tables import OPERATORS
from filters.waf.texts import encoded

_WITH_PATTERN: Final = frozenset(("rx", "rxGlobal", "verifyCC"))
_RANGE: Final = re.compile(r"\s*([0-9]{1,3})(?:\s*-\s*([0-9]{1,3}))?\s*")
_UNCONDITIONAL: Final = "unconditionalMatch"
_NAMES: Final = {word.number: word.name for word in reversed(list(OPERATORS.values())) if word.number is not None}


@dataclass(frozen=True, slots=True)
class Lowered:
    """`captures` tells what of a match's captures is PCRE's."""

    number: int
    negated: bool = False
    argument: Macro = ()
    operand: int = 0
    captures: Captures = Captures.SAME


def operator(given: Operator | None, *, lines: bool, scope: Scope) -> Lowered:
    """Lower an operator, None being that of a SecAction; `lines`: the values may have newlines in them."""
    if given is None:
        return Lowered(_number(_UNCONDITIONAL))
    word = OPERATORS.get(given.name)
    if word is None or word.number is None:
        raise Refused(f"the operator @{word.name if word else given.name} is not supported")
    name = _NAMES[word.number]
    if name in _WITH_PATTERN:
        return _with_pattern(name, given, lines, scope)
    if name == "pm":
        words = distinct(map(encoded, given.phrases)) if word.from_file else phrases(given.argument)
        return Lowered(word.number, given.negated, operand=scope.tables.phrase_sets.index(words))
    if name == "strmatch":  # It finds a text anywhere (str_match.cc), and `contains` does, too.
        return Lowered(_number("contains"), given.negated, macro(given.argument, scope))
    if name == "ipMatch":
        networks = ",".join(_networks(given.phrases if word.from_file else given.argument.split(",")))
        return Lowered(word.number, given.negated, (Literal(encoded(networks)),))
    if name == "validateByteRange":
        _check_ranges(given.argument)
    return Lowered(word.number, given.negated, macro(given.argument, scope))


def _number(name: str) -> int:
    number = OPERATORS[name.lower()].number
    assert number is not None, f"{name} is supported"
    return number


def _with_pattern(name: str, given: Operator, lines: bool, scope: Scope) -> Lowered:
    text = _constant(given.argument, scope)
    translation = translated(text, lines=lines)
    operand = scope.tables.patterns.index(translation.text)
    return Lowered(_number(name), given.negated, operand=operand, captures=translation.captures)


def _constant(pattern: str, scope: Scope) -> str:
    """Return the pattern with the values of variables that have one and no other."""

    def value(found: re.Match[str]) -> str:
        name = (found["member"] or "").lower()
        if found["collection"].lower() != "tx" or name not in scope.constants:
            raise Refused(f"its pattern has {found[0]} in it, which is not always the same")
        scope.note(f"{found[0]} in a pattern is fixed as the rules set it: {scope.constants[name]}")
        return scope.constants[name]

    return REFERENCE.sub(value, pattern)


def _networks(texts: tuple[str, ...] | list[str]) -> list[str]:
    networks = [text.strip() for text in texts if text.strip()]
    for network in networks:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            raise Refused(f"@ipMatch has no address or network: {error}") from error
    return networks


def _check_ranges(text: str) -> None:
    for part in text.split(","):
        found = _RANGE.fullmatch(part)
        if found is None or not int(found[1]) <= int(found[2] or found[1]) <= 0xFF:
            raise Refused(f"@validateByteRange cannot be {part.strip()!r}; write bytes and ranges, such as 9,10,32-126")
