"""SecDefaultAction: what the rules after it do unless they say otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from filters.waf.rule import Action, Directive, Rule
from filters.waf.seclang.action_values import PHASES
from filters.waf.seclang.actions import read_actions
from filters.waf.seclang.tables import ACTIONS

_NOT_INHERITED: Final = ("phase", "t", "id", "chain")
_PASS: Final = Action("pass")


class Defaults:
    """The default actions of each phase, as far as they were given up to here."""

    def __init__(self) -> None:
        self._actions: dict[int, tuple[Action, ...]] = {}

    def give(self, directive: Directive) -> None:
        """Take what a SecDefaultAction says; the reader has checked it."""
        actions = read_actions(directive.arguments[0], lambda message: None)
        phases = [PHASES[action.argument.lower()] for action in actions if action.name == "phase"]
        self._actions[phases[-1] if phases else 2] = actions

    def applied(self, rule: Rule) -> Rule:
        """Return the rule with all that it does by default written out, and no `block` left."""
        defaults = self._actions.get(rule.phase, ())
        return replace(
            rule,
            actions=_merged(defaults, rule.actions),
            transformations=_transformations(defaults, rule),
            chained=tuple(replace(each, transformations=_transformations(defaults, each)) for each in rule.chained),
        )


def disruptive(actions: Iterable[Action]) -> Action | None:
    """Return the action that decides what becomes of the request: the last of its kind."""
    deciding = [action for action in actions if is_disruptive(action)]
    return deciding[-1] if deciding else None


def is_disruptive(action: Action) -> bool:
    """Say whether an action decides what becomes of the request."""
    word = ACTIONS.get(action.name)
    return word is not None and word.disruptive


def _merged(defaults: tuple[Action, ...], own: tuple[Action, ...]) -> tuple[Action, ...]:
    inherited = [action for action in defaults if action.name not in _NOT_INHERITED and not is_disruptive(action)]
    decided = disruptive(own)
    if decided is None or decided.name != "block":
        return (*inherited, *own)
    instead = disruptive(defaults) or _PASS
    if instead.name == "block":
        instead = _PASS
    return (*inherited, *_without_disruptive(own), instead)


def _without_disruptive(actions: Iterable[Action]) -> Iterator[Action]:
    return (action for action in actions if not is_disruptive(action))


def _transformations(defaults: tuple[Action, ...], rule: Rule) -> tuple[str, ...]:
    """Put the default ones first, unless the rule says `t:none` (rule_with_actions.cc, executeTransformations)."""
    if any(action.name == "t" and action.argument.lower() == "none" for action in rule.actions):
        return rule.transformations
    return transformations(defaults) + rule.transformations


def transformations(actions: Iterable[Action]) -> tuple[str, ...]:
    """Return the transformations named since the last `t:none`, in lower case."""
    names: list[str] = []
    for action in actions:
        if action.name == "t" and action.argument.lower() == "none":
            names.clear()
        elif action.name == "t":
            names.append(action.argument.lower())
    return tuple(names)
