"""Applies the directives that change rules, so that only rules, markers and settings are left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from filters.waf.defaults import Defaults
from filters.waf.refusal import Note, Refusal, Refused
from filters.waf.rule import Directive, Marker, Rule, Source
from filters.waf.seclang.tables import DIRECTIVES
from filters.waf.seclang.vocabulary import Support
from filters.waf.selection import Selection, key_of, selected
from filters.waf.settings import SIGNATURE, settings
from filters.waf.updates import Update, action_update, target_update

_UPDATES: Final[dict[str, Callable[[Directive], Update]]] = {
    "SecRuleUpdateTarget": target_update,
    "SecRuleUpdateAction": action_update,
}
_REMOVAL: Final = "SecRuleRemove"
_DEFAULTS: Final = "SecDefaultAction"


@dataclass(frozen=True, slots=True)
class Program:
    """What is to be compiled. In `statements` each rule says all that it does, and nothing twice."""

    name: str
    settings: dict[str, str]
    statements: tuple[Rule | Marker, ...]
    refusals: tuple[Refusal, ...]
    notes: tuple[Note, ...]


def resolve(source: Source) -> Program:
    """Apply removals and updates to the rules they mean, before or behind them (as libmodsecurity does).

    Default actions are for the rules after them.
    """
    resolving = _Resolving()
    given = [each for each in source.statements if isinstance(each, Directive) and resolving.takes(each)]
    removed = [removal for each in given for removal in resolving.removals(each)]
    updates = [update for each in given for update in resolving.updates(each)]
    statements: list[Rule | Marker] = []
    defaults = Defaults()
    for statement in source.statements:
        if isinstance(statement, Directive):
            if statement.name == _DEFAULTS:
                defaults.give(statement)
        elif isinstance(statement, Marker):
            statements.append(statement)
        elif not any(is_meant(statement) for is_meant in removed):
            statements.append(defaults.applied(_updated(statement, updates)))
    names = dict.fromkeys(each.arguments[0] for each in given if each.name == SIGNATURE)
    return Program(
        " ".join(names),
        settings(each for each in given if _is_setting(each)),
        tuple(statements),
        tuple(resolving.refusals),
        tuple(resolving.notes),
    )


class _Resolving:
    """Takes note of what cannot be done while directives are read."""

    def __init__(self) -> None:
        self.refusals: list[Refusal] = []
        self.notes: list[Note] = []

    def takes(self, directive: Directive) -> bool:
        support = DIRECTIVES[directive.name.lower()].support
        if support is Support.NO:
            self.refuse(directive, f"{directive.name} is not supported")
        elif support is Support.NO_EFFECT:
            self.notes.append(Note(directive.place, f"{directive.name} is accepted, without effect"))
        return support is Support.YES

    def removals(self, directive: Directive) -> Iterable[Selection]:
        if not directive.name.startswith(_REMOVAL):
            return
        try:
            yield selected(key_of(directive.name), directive.arguments)
        except Refused as error:
            self.refuse(directive, str(error))

    def updates(self, directive: Directive) -> Iterable[tuple[Selection, Update]]:
        for prefix, read in _UPDATES.items():
            if directive.name.startswith(prefix):
                try:
                    yield selected(key_of(directive.name), directive.arguments[:1]), read(directive)
                except Refused as error:
                    self.refuse(directive, str(error))

    def refuse(self, directive: Directive, reason: str) -> None:
        self.refusals.append(Refusal(directive.place, 0, reason))


def _updated(rule: Rule, updates: Iterable[tuple[Selection, Update]]) -> Rule:
    for is_meant, update in updates:
        if is_meant(rule):
            rule = update(rule)
    return rule


def _is_setting(directive: Directive) -> bool:
    edits = (_REMOVAL, _DEFAULTS, SIGNATURE, *_UPDATES)
    return not directive.name.startswith(edits)
