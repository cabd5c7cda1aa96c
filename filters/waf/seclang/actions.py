r"""Reads a list of actions: `id:1,phase:2,t:lowercase,msg:'It\'s bad',deny`."""

from __future__ import annotations

import re

from filters.waf.rule import Action
from filters.waf.seclang.action_values import check_value
from filters.waf.seclang.faults import Report, excerpt, nearest
from filters.waf.seclang.lines import BLANKS
from filters.waf.seclang.tables import ACTIONS
from filters.waf.seclang.vocabulary import ActionWord, Argument
from filters.waf.seclang.words import unescape

_ACTION = re.compile(
    r"""[ \t]*(?P<name>[A-Za-z0-9_]+)[ \t]*
    (?:(?P<colon>:)[ \t]*(?:
        '(?P<quoted>[^'\\]*(?:\\.[^'\\]*)*)'
      | (?P<plain>[^',][^,]*|)
    ))?[ \t]*(?:(?P<more>,)|\Z)""",
    re.VERBOSE | re.DOTALL,
)


def read_actions(text: str, report: Report) -> tuple[Action, ...]:
    """Read the actions in the order written: the last argument of SecRule, SecAction, SecDefaultAction.

    There may be none, as in the last rule of a chain.
    """
    actions: list[Action] = []
    position, more = 0, text.strip(BLANKS) != ""
    while more:
        found = _ACTION.match(text, position)
        if found is None:
            report(f"{excerpt(text[position:])} is no action; write name, name:value or name:'value', commas between")
            break
        actions.append(_action(found, report))
        position, more = found.end(), found["more"] is not None
    return tuple(actions)


def _action(found: re.Match[str], report: Report) -> Action:
    name, quoted = found["name"], found["quoted"]
    argument = (found["plain"] or "").rstrip(BLANKS) if quoted is None else unescape(quoted, "'")
    word = ACTIONS.get(name.lower())
    if word is None:
        report(f"unknown action {excerpt(name)}" + nearest(name, (each.name for each in ACTIONS.values())))
    elif _takes(word, argument, found["colon"] is not None, report):
        check_value(word, argument, report)
    return Action(name.lower(), argument)


def _takes(word: ActionWord, argument: str, colon: bool, report: Report) -> bool:
    """Tell whether there is a value to check; one too many, or none where it needs one, is reported."""
    if word.argument is Argument.NONE and colon:
        report(f"{word.name} takes no value; write {word.name} alone")
    elif word.argument is Argument.MUST and not argument:
        report(f"{word.name} lacks its value; write {word.name}:…")
    return word.argument is not Argument.NONE and argument != ""
