"""What a WAF module says of a request, read from its JSON. Nothing is taken on trust, and no key may be missing. Pure.

Its texts end in logs: each is cut, and what a rule found is masked besides, for a module shows it as it was sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from proxy.firewall import LONGEST_TEXT, MOST_BYTES, MOST_MATCHES, Action, Judgement, Match
from wasm_host.handover import BadAnswer, read_json, read_u32
from wasm_host.memory import Memory

LONGEST_FOUND: Final = 80
MOST_TOLD: Final = 5

_LARGEST_U32: Final = 2**32 - 1
_LARGEST_U64: Final = 2**64 - 1
_GRAVEST: Final = 5
_BODY_PHASE: Final = 2
"""Head and body are judged together, which is the phase of the body (docs/waf.md)."""
_SECRET: Final = re.compile(r"(?i)passw|passphrase|pwd|secret|token|authorization|cookie|api[-_]?key")
_LONG_NUMBER: Final = re.compile(r"(\d{4})(\d{5,})")


@dataclass(frozen=True, slots=True)
class Analysis:
    blocked: bool
    matches: tuple[Match, ...]


def read_analysis(memory: Memory, place: int) -> Analysis:
    """Read the length at a place in a guest's memory and the JSON behind it; raises GuestTrap."""
    size = read_u32(memory, place)
    if size > MOST_BYTES:
        raise BadAnswer(f"its answer has {size} bytes; {MOST_BYTES} is the most")
    return parsed(memory.read(place + 4, size))


def parsed(text: bytes) -> Analysis:
    """Read an analysis; raises BadAnswer. Matches that are too many are left out."""
    said = read_json(text)
    matches = _member(said, "matches", list)
    _number(said, "execution_time_us", 0, _LARGEST_U64)  # Required, and not believed.
    return Analysis(_member(said, "blocked", bool), tuple(map(_match, matches[:MOST_MATCHES])))


def judgement(filter: str, analyses: Iterable[Analysis], *, enforced: bool) -> Judgement | None:
    """Return what several looks at one request come to; None where nothing was found.

    The rule that decides is the gravest of the first look that blocks, the score the sum of severities.
    """
    seen = list(analyses)
    matches = tuple(dict.fromkeys(match for each in seen for match in each.matches))[:MOST_MATCHES]
    blocking = next((each for each in seen if each.blocked), None)
    if blocking is None and not matches:
        return None
    gravest = max(blocking.matches, key=_severity, default=None) if blocking is not None else None
    action: Action = "passed" if blocking is None else "blocked" if enforced else "detected"
    return Judgement(
        filter,
        action=action,
        phase=_BODY_PHASE,
        rule=0 if gravest is None else gravest.rule,
        status=403 if action == "blocked" else 0,
        inbound=sum(map(_severity, matches)),
        outbound=0,
        paranoia=0,
        overflow=None,
        matches=matches,
    )


def told(found: Judgement) -> str:
    """Say in a line which rules matched, and where; the first ones stand for many."""
    first, others = found.matches[:MOST_TOLD], len(found.matches[MOST_TOLD:])
    texts = [f"rule {each.rule} ({each.message}) in {each.target}" for each in first]
    return "; ".join(texts + [f"{others} more"] * bool(others)) or "no rule is named"


def _severity(match: Match) -> int:
    return int(match.severity)


def _match(said: Any) -> Match:
    location = _text(said, "location")
    return Match(
        rule=_number(said, "rule_id", 0, _LARGEST_U32),
        severity=str(_number(said, "severity", 1, _GRAVEST)),
        message=_text(said, "description"),
        target=location,
        matched=_masked(location, _text(said, "matched_value")),
        tags=(_text(said, "category"),),
        file="",
        line=0,
    )


def _masked(location: str, found: str) -> str:
    if _SECRET.search(location):
        return f"[{len(found)} characters]"
    return _LONG_NUMBER.sub(lambda number: number[1] + "*" * len(number[2]), found[:LONGEST_FOUND])


def _member(said: Any, key: str, kind: type) -> Any:
    if not isinstance(said, dict):
        raise BadAnswer("its answer has something else in the place of an object")
    if key not in said:
        raise BadAnswer(f"its answer has no {key}")
    if type(said[key]) is not kind:
        raise BadAnswer(f"its answer has something else for {key}")
    return said[key]


def _number(said: Any, key: str, least: int, most: int) -> int:
    found: int = _member(said, key, int)
    if not least <= found <= most:
        raise BadAnswer(f"its answer has a {key} outside {least} to {most}")
    return found


def _text(said: Any, key: str) -> str:
    """Return a text that can be written anywhere: JSON may spell halves of characters, which UTF-8 has not."""
    found: str = _member(said, key, str)
    return found[:LONGEST_TEXT].encode("utf-8", "replace").decode()
