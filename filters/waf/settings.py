"""Directives that set something for all rules, such as SecRequestBodyLimit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from filters.waf.rule import Directive

SIGNATURE: Final = "SecComponentSignature"
_TYPES: Final = "SecResponseBodyMimeType"
_CLEAR_TYPES: Final = "SecResponseBodyMimeTypesClear"


def settings(directives: Iterable[Directive]) -> dict[str, str]:
    """Return the last value of each, by the manual's name; media types add up until they are cleared."""
    values: dict[str, str] = {}
    for directive in directives:
        value = " ".join(directive.arguments)
        if directive.name == _CLEAR_TYPES:
            values.pop(_TYPES, None)
        elif directive.name == _TYPES and _TYPES in values:
            values[_TYPES] += f" {value}"
        else:
            values[directive.name] = value
    return values
