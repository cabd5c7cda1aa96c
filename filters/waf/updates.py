"""SecRuleUpdateTargetBy… and SecRuleUpdateActionById: changes of rules that stand elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from filters.waf.defaults import is_disruptive, transformations
from filters.waf.refusal import Refused
from filters.waf.rule import Action, Directive, Rule, Variable
from filters.waf.seclang.actions import read_actions
from filters.waf.seclang.targets import Targets, read_targets

Update: TypeAlias = Callable[[Rule], Rule]

_FIXED: Final = ("id", "phase", "chain")
_SINGLE: Final = ("msg", "logdata", "severity", "status", "skip", "skipafter", "rev", "ver", "maturity", "accuracy")
"""What a rule has one of; of all others a new one joins those before it."""


def target_update(directive: Directive) -> Update:
    """Return the change that a SecRuleUpdateTargetBy… makes to each rule that it means; the reader has checked it."""
    if len(directive.arguments) > 2:
        raise Refused(f"{directive.name} replaces nothing; write what to leave out as !NAME, and what to add")
    targets = read_targets(directive.arguments[1], lambda message: None)
    return lambda rule: replace(rule, variables=_retargeted(rule.variables, targets))


def action_update(directive: Directive) -> Update:
    """Return the change that a SecRuleUpdateActionById makes to each rule that it means; the reader has checked it."""
    actions = read_actions(directive.arguments[1], lambda message: None)
    fixed = [action.name for action in actions if action.name in _FIXED]
    if fixed:
        raise Refused(f"{directive.name} cannot change a rule's {fixed[0]}")
    return lambda rule: _reacted(rule, actions)


def _retargeted(variables: tuple[Variable, ...], targets: Targets) -> tuple[Variable, ...]:
    changed = Targets(variables + targets.variables, targets.exclusions).applied()
    return tuple(each for each in changed if not any(selector.kind == "all" for selector in each.excluded))


def _reacted(rule: Rule, actions: tuple[Action, ...]) -> Rule:
    changed = (*(each for each in rule.actions if not _replaced(each, actions)), *actions)
    return replace(rule, actions=changed, transformations=transformations(changed))


def _replaced(old: Action, actions: tuple[Action, ...]) -> bool:
    if is_disruptive(old):
        return any(map(is_disruptive, actions))
    return old.name in _SINGLE and any(new.name == old.name for new in actions)
