"""Rules in the guest's terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Final

from filters.waf import ruleset
from filters.waf.ctls import ctls
from filters.waf.defaults import disruptive
from filters.waf.macros import macro
from filters.waf.newlines import may_have_newlines
from filters.waf.operators import operator
from filters.waf.pcre.rewriting import Captures
from filters.waf.refusal import Refused
from filters.waf.rule import Action, Rule
from filters.waf.ruleset import NO_SEVERITY, Disruptive, Flag
from filters.waf.scope import Scope
from filters.waf.seclang.action_values import SEVERITIES
from filters.waf.seclang.tables import ACTIONS, TRANSFORMATIONS
from filters.waf.seclang.vocabulary import Support
from filters.waf.setvars import setvars
from filters.waf.targets import variable
from filters.waf.texts import encoded

_LARGEST_ID: Final = 0xFFFFFFFF
_PARANOIA: Final = re.compile(r"paranoia-level/([0-9]{1,2})")
_DISRUPTIVE: Final = {
    ("pass", ""): Disruptive.PASS,
    ("deny", ""): Disruptive.BLOCK,
    ("drop", ""): Disruptive.BLOCK,
    ("allow", ""): Disruptive.ALLOW,
    ("allow", "request"): Disruptive.ALLOW_REQUEST,
    ("allow", "phase"): Disruptive.ALLOW_PHASE,
}
_SILENCE: Final[Mapping[str, tuple[Flag, Flag]]] = {
    "nolog": (Flag.NO_LOG | Flag.NO_AUDIT_LOG, Flag(0)),
    "log": (Flag(0), Flag.NO_LOG | Flag.NO_AUDIT_LOG),
    "noauditlog": (Flag.NO_AUDIT_LOG, Flag(0)),
    "auditlog": (Flag(0), Flag.NO_AUDIT_LOG),
}
"""What an action sets and what it takes back; the last one wins (reference manual, nolog)."""
_CAPTURED: Final = {
    Captures.GROUPS: re.compile(r"(?i)%\{tx[.:]0\}|\Atx[.:]0\Z"),
    Captures.NONE: re.compile(r"(?i)%\{tx[.:][0-9]\}|\Atx[.:][0-9]\Z"),
}
"""Where a rule names something captured that PCRE might capture otherwise."""


def lowered(rule: Rule, part: Rule, skip_after: int, scope: Scope) -> ruleset.Rule:
    """Lower one rule of the chain that `rule` heads; `part` is `rule` itself or one of the chained.

    `skip_after` is the blob's number. Raises Refused for what the guest doesn't know.
    """
    _check_actions(part.actions, scope)
    if part.id > _LARGEST_ID:
        raise Refused(f"its id is too large; write one up to {_LARGEST_ID}")
    last = {action.name: action.argument for action in part.actions}
    tested = operator(part.operator, lines=may_have_newlines(part), scope=scope)
    if tested.captures is not Captures.SAME and "capture" in last:
        _check_captured(rule, _CAPTURED[tested.captures], scope)
    return ruleset.Rule(
        id=part.id,
        phase=rule.phase,
        flags=_flags(rule, part),
        paranoia=_paranoia(part.actions),
        pipeline=scope.tables.pipelines.index(_pipeline(part.transformations)),
        variables=tuple(variable(each, scope) for each in part.variables),
        operator=tested.number,
        negated=tested.negated,
        argument=tested.argument,
        operand=tested.operand,
        disruptive=_disruptive(part.actions, scope),
        status=int(last.get("status", 0)),
        severity=SEVERITIES[last["severity"].lower()] if "severity" in last else NO_SEVERITY,
        msg=macro(last.get("msg", ""), scope),
        tags=tuple(scope.tables.tags.index(tag) for tag in dict.fromkeys(_tags(part.actions))),
        skip_after=skip_after,
        skip=int(last.get("skip", 0)),
        setvars=tuple(setvars(part.actions, scope)),
        ctls=tuple(ctls(part.actions, scope)),
        file=scope.tables.files.index(encoded(PurePath(part.place.file).name)),
        line=part.place.line,
    )


def _check_actions(actions: Iterable[Action], scope: Scope) -> None:
    for action in actions:
        word = ACTIONS[action.name]
        if word.support is Support.NO:
            raise Refused(f"the action {word.name} is not supported")
        if word.support is Support.NO_EFFECT:
            scope.note(f"the action {word.name} is accepted, without effect")


def _check_captured(rule: Rule, named: re.Pattern[str], scope: Scope) -> None:
    """Refuse a chain that does more than report what its pattern captured, where PCRE might capture otherwise."""
    chain = (rule, *rule.chained)
    texts = [action.argument for each in chain for action in each.actions if action.name in ("setvar", "ctl")]
    texts += [each.operator.argument for each in chain if each.operator is not None]
    texts += [f"{each.collection}:{each.selector.text}" for one in chain for each in one.variables]
    if any(map(named.search, texts)):
        raise Refused("it goes on with what its pattern captured, which PCRE might capture otherwise")
    scope.note("what it captured may differ from PCRE's, in messages alone")


def _flags(rule: Rule, part: Rule) -> Flag:
    names = {action.name for action in part.actions}
    flags = Flag(0)
    for flag, holds in (
        (Flag.MORE, part is not (rule, *rule.chained)[-1]),
        (Flag.HEAD, part is rule),
        (Flag.CAPTURE, "capture" in names),
        (Flag.MULTI_MATCH, "multimatch" in names),
        (Flag.ACTION, part.operator is None),
    ):
        flags |= flag if holds else Flag(0)
    for action in part.actions:
        sets, clears = _SILENCE.get(action.name, (Flag(0), Flag(0)))
        flags = flags & ~clears | sets
    return flags


def _tags(actions: Iterable[Action]) -> Iterator[bytes]:
    return (encoded(action.argument) for action in actions if action.name == "tag")


def _paranoia(actions: Iterable[Action]) -> int:
    levels = [_PARANOIA.search(action.argument) for action in actions if action.name == "tag"]
    return max((int(level[1]) for level in levels if level), default=0)


def _pipeline(names: Iterable[str]) -> tuple[int, ...]:
    return tuple(_transformation(name) for name in names)


def _transformation(name: str) -> int:
    word = TRANSFORMATIONS[name]
    if word.number is None:
        raise Refused(f"the transformation t:{word.name} is not supported")
    return word.number


def _disruptive(actions: Iterable[Action], scope: Scope) -> Disruptive:
    action = disruptive(actions)
    if action is None:
        return Disruptive.PASS
    if action.name == "redirect":
        scope.note("redirect answers as a block does, without a Location")
        return Disruptive.REDIRECT
    return _DISRUPTIVE[action.name, action.argument.lower()]
