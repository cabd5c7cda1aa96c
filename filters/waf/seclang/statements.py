"""Turns the words of one directive into what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from filters.waf.rule import Action, Directive, Marker, Place, Rule, Statement
from filters.waf.seclang.action_values import PHASES
from filters.waf.seclang.actions import read_actions
from filters.waf.seclang.faults import Report, excerpt, nearest
from filters.waf.seclang.operators import PhraseReader, read_operator
from filters.waf.seclang.tables import DIRECTIVES
from filters.waf.seclang.targets import read_targets
from filters.waf.seclang.vocabulary import DirectiveWord

DEFAULT_PHASE: Final = 2
"""The manual's; libmodsecurity takes 1, where there is no body yet to look at."""


def read_statement(place: Place, words: Sequence[str], read_phrases: PhraseReader, report: Report) -> Statement | None:
    """Return what the directive says, or None if that cannot be told. A rule is not yet part of its chain."""
    word = DIRECTIVES.get(words[0].lower())
    if word is None:
        report(_unknown(words[0]))
        return None
    arguments = tuple(words[1:])
    if not _fits(word, len(arguments)):
        report(f"{word.name} takes {_bounds(word)}, not {len(arguments)}{_HINT if len(arguments) > 1 else ''}")
        # A faulty rule still holds its place in a chain.
        return _with_actions(place, ()) if word.name == "SecRule" else None
    match word.name:
        case "SecRule":
            return _rule(place, arguments, read_phrases, report)
        case "SecAction":
            return _with_actions(place, read_actions(arguments[0], report))
        case "SecMarker":
            return Marker(place, arguments[0])
    if word.name in _PARTS:
        _PARTS[word.name](arguments, report)
    return Directive(place, word.name, arguments)


_HINT: Final = "; an argument with blanks in it needs quotes"


def _unknown(name: str) -> str:
    if name.startswith("<"):
        return f"{excerpt(name)} is a block of Apache's, which is not supported; keep its lines without it"
    return f"unknown directive {excerpt(name)}" + nearest(name, (each.name for each in DIRECTIVES.values()))


def _fits(word: DirectiveWord, count: int) -> bool:
    return word.least <= count and (word.most is None or count <= word.most)


def _bounds(word: DirectiveWord) -> str:
    least = "one argument" if word.least == 1 else f"{word.least} arguments"
    if word.most is None:
        return f"{least} or more"
    if word.least == word.most:
        return least
    return f"{word.least} to {word.most} arguments"


def _rule(place: Place, arguments: Sequence[str], read_phrases: PhraseReader, report: Report) -> Rule:
    targets = read_targets(arguments[0], report)
    if targets.exclusions and not targets.variables:
        report("the rule looks at nothing, for it only excludes; write the variable as well, as in ARGS|!ARGS:name")
    operator = read_operator(arguments[1], read_phrases, report)
    actions = read_actions(arguments[2], report) if len(arguments) > 2 else ()
    rule = _with_actions(place, actions)
    return Rule(place, rule.id, rule.phase, targets.applied(), operator, rule.transformations, actions)


def _with_actions(place: Place, actions: tuple[Action, ...]) -> Rule:
    """Return the rule of a SecAction, which looks at nothing."""
    return Rule(place, _id(actions), _phase(actions), (), None, _transformations(actions), actions)


def _id(actions: Iterable[Action]) -> int:
    given = _last(actions, "id")
    # Digits of other scripts, and ids too long to be any, are reported where actions are read.
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0


def _phase(actions: Iterable[Action]) -> int:
    return PHASES.get(_last(actions, "phase").lower(), DEFAULT_PHASE)


def _last(actions: Iterable[Action], name: str) -> str:
    given = [action.argument for action in actions if action.name == name]
    return given[-1] if given else ""


def _transformations(actions: Iterable[Action]) -> tuple[str, ...]:
    names: list[str] = []
    for name in (action.argument.lower() for action in actions if action.name == "t"):
        if name == "none":
            names.clear()
        else:
            names.append(name)
    return tuple(names)


def _check_targets(arguments: Sequence[str], report: Report) -> None:
    for targets in arguments[1:]:
        read_targets(targets, report)


_PARTS: Final[dict[str, Callable[[Sequence[str], Report], object]]] = {
    "SecDefaultAction": lambda arguments, report: read_actions(arguments[0], report),
    "SecRuleUpdateActionById": lambda arguments, report: read_actions(arguments[1], report),
    "SecRuleUpdateTargetById": _check_targets,
    "SecRuleUpdateTargetByMsg": _check_targets,
    "SecRuleUpdateTargetByTag": _check_targets,
}
"""Directives whose arguments stay text for the compiler, but are checked here, where the place is known."""
