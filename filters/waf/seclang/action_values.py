"""What may stand behind an action's colon."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from filters.waf.seclang.faults import Report, excerpt, nearest
from filters.waf.seclang.tables import CTLS, TRANSFORMATIONS
from filters.waf.seclang.vocabulary import ActionWord

PHASES: Final[Mapping[str, int]] = {
    **{str(number): number for number in range(1, 6)},
    "request": 2,
    "response": 4,
    "logging": 5,
}

_SEVERITIES: Final = ("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG")
SEVERITIES: Final[Mapping[str, int]] = {
    **{str(number): number for number in range(len(_SEVERITIES))},
    **{name.lower(): number for number, name in enumerate(_SEVERITIES)},
}
"""By name in lower case or digit; 0 is the worst."""


def check_value(word: ActionWord, value: str, report: Report) -> None:
    """Report a value that the action doesn't know."""
    check = _CHECKS.get(word.name)
    if check is not None:
        check(value, report)


def _shaped(name: str, shape: str, right: str) -> Callable[[str, Report], None]:
    pattern = re.compile(shape, re.DOTALL)

    def check(value: str, report: Report) -> None:
        if not pattern.fullmatch(value):
            report(f"{name} cannot be {excerpt(value)}; write {right}")

    return check


def _one_of(name: str, values: Iterable[str], right: str) -> Callable[[str, Report], None]:
    known = frozenset(values)

    def check(value: str, report: Report) -> None:
        if value.lower() not in known:
            report(f"{name} cannot be {excerpt(value)}; write {right}")

    return check


def _check_transformation(name: str, report: Report) -> None:
    if name.lower() not in TRANSFORMATIONS:
        known = (each.name for each in TRANSFORMATIONS.values())
        report(f"unknown transformation {excerpt(name)}" + nearest(name, known))


def _check_ctl(value: str, report: Report) -> None:
    name, equals, _ = value.partition("=")
    if name.lower() not in CTLS:
        report(f"unknown ctl {excerpt(name)}" + nearest(name, (each.name for each in CTLS.values())))
    elif not equals:
        report(f"ctl:{name} lacks its value; write ctl:{name}=…")


_CHECKS: Final[dict[str, Callable[[str, Report], None]]] = {
    "id": _shaped("id", r"[1-9][0-9]{0,17}", "a number above 0"),
    "status": _shaped("status", r"[1-5][0-9]{2}", "an HTTP status, such as 403"),
    "skip": _shaped("skip", r"[1-9][0-9]{0,8}", "how many rules to skip"),
    "setvar": _shaped(
        "setvar",
        r"!?(?i:tx|ip|global|resource|session|user)[.:].+",
        "tx.name=value, tx.name=+1, tx.name=-1 or !tx.name",
    ),
    "phase": _one_of("phase", PHASES, "1 to 5, request, response or logging"),
    "severity": _one_of("severity", SEVERITIES, f"0 to 7 or one of {', '.join(_SEVERITIES)}"),
    "allow": _one_of("allow", ("phase", "request"), "allow, allow:phase or allow:request"),
    "t": _check_transformation,
    "ctl": _check_ctl,
}
