"""`ctl` in the guest's terms: rules by index, words by number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from filters.waf import ruleset
from filters.waf.refusal import Refused
from filters.waf.rule import Action
from filters.waf.ruleset import Ctl, RemoveRules, RemoveTarget
from filters.waf.scope import Scope
from filters.waf.seclang.tables import CTLS
from filters.waf.seclang.targets import read_targets
from filters.waf.seclang.vocabulary import Support
from filters.waf.selection import key_of, selected
from filters.waf.targets import variable

_ON_OFF: Final = {"off": 0, "on": 1}
_PROCESSORS: Final = {"urlencoded": 0, "multipart": 1, "json": 2, "xml": 3}
_OTHER_PROCESSOR: Final = 255
_SWITCHES: Final[Mapping[str, tuple[Callable[[int], Ctl], Mapping[str, int], int | None]]] = {
    "ruleEngine": (ruleset.SwitchEngine, {**_ON_OFF, "detectiononly": 2}, None),
    "requestBodyProcessor": (ruleset.SetBodyProcessor, _PROCESSORS, _OTHER_PROCESSOR),
    "forceRequestBodyVariable": (ruleset.ForceRequestBody, _ON_OFF, None),
    "requestBodyAccess": (ruleset.AccessRequestBody, _ON_OFF, None),
    "responseBodyAccess": (ruleset.AccessResponseBody, _ON_OFF, None),
}
"""The type, the words that it knows in lower case, and the number of any other, None if there must be none."""


def ctls(actions: Iterable[Action], scope: Scope) -> Iterator[Ctl]:
    """Lower what `ctl` changes; raise Refused for what the guest cannot change."""
    for action in actions:
        if action.name != "ctl":
            continue
        name, _, value = action.argument.partition("=")
        word = CTLS[name.lower()]
        if word.support is Support.NO:
            raise Refused(f"ctl:{word.name} is not supported")
        if word.support is Support.NO_EFFECT:
            scope.note(f"ctl:{word.name} is accepted, without effect")
        else:
            yield from _lowered(word.name, value.strip(), scope)


def _lowered(name: str, value: str, scope: Scope) -> Iterator[Ctl]:
    if name in _SWITCHES:
        build, words, other = _SWITCHES[name]
        number = words.get(value.lower(), other)
        if number is None:
            raise Refused(f"ctl:{name} cannot be {value!r}; write one of {', '.join(words)}")
        yield build(number)
    elif name.startswith("ruleRemoveTarget"):
        yield from _target_removals(name, value, scope)
    else:
        yield RemoveRules(_heads(name, value, scope))


def _target_removals(name: str, value: str, scope: Scope) -> Iterator[Ctl]:
    rules, _, targets = value.partition(";")
    heads = _heads(name, rules, scope)
    problems: list[str] = []
    read = read_targets(targets, problems.append)
    if problems or read.exclusions:
        raise Refused(f"ctl:{name}={value} is not understood; write ctl:{name}=RULES;ARGS:name")
    for target in read.variables:
        yield RemoveTarget(heads, variable(target, scope))


def _heads(name: str, value: str, scope: Scope) -> tuple[int, ...]:
    heads = tuple(scope.heads(selected(key_of(name), [value.strip()])))
    if not heads:
        scope.note("a ctl means rules that there are not")
    return heads
