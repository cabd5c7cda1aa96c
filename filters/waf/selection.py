"""Which rules a directive or a `ctl` means: by id, by tag or by message."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from filters.waf.refusal import Refused
from filters.waf.rule import Rule

Selection: TypeAlias = Callable[[Rule], bool]

KEYS: Final = ("ById", "ByTag", "ByMsg")
"""How the names of such directives end."""

_ID: Final = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")


def selected(key: str, texts: Iterable[str]) -> Selection:
    """Return which rules are meant by texts such as `942100-942199` or a tag; tags and messages are exact.

    In ModSecurity 2 these were patterns, in libmodsecurity they are not (rule_with_actions.cc, containsTag).
    """
    if key == "ById":
        return _by_id(texts)
    wanted = frozenset(texts)
    name = "tag" if key == "ByTag" else "msg"
    return lambda rule: any(action.name == name and action.argument in wanted for action in rule.actions)


def key_of(name: str) -> str:
    """Return by what a directive or `ctl` of this name selects."""
    return next(key for key in KEYS if name.lower().endswith(key.lower()))


def _by_id(texts: Iterable[str]) -> Selection:
    bounds = [_bounds(each) for text in texts for each in re.split(r"[\s,]+", text.strip())]
    return lambda rule: any(low <= rule.id <= high for low, high in bounds)


def _bounds(text: str) -> tuple[int, int]:
    found = _ID.fullmatch(text)
    if found is None:
        raise Refused(f"{text!r} is no rule's id; write 942100 or 942100-942199")
    low = int(found[1])
    return low, int(found[2]) if found[2] else low
